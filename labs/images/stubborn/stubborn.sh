trap 'echo "stubborn: SIGTERM, no"' TERM

echo "stubborn: ready"
while :; do
    sleep 3600 &
    wait $!
done
