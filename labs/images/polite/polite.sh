trap 'echo "polite: SIGTERM, goodbye"; exit 0' TERM INT

echo "polite: ready"
while :; do
    sleep 3600 &
    wait $!
done
