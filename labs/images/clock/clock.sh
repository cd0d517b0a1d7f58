# The count lives in this process's memory: a pause keeps it, a restart begins again at 1.
trap 'echo "clock: stopped after $second"; exit 0' TERM INT

second=0
while :; do
    second=$((second + 1))
    if [ $((second % 3)) -eq 0 ]; then
        echo "tock $second" >&2
    else
        echo "tick $second"
    fi
    # A trap waits for a command in the foreground; `wait` it interrupts at once.
    sleep 1 &
    wait $!
done
