echo "crash: starting"
echo "crash: the file /etc/crash.conf is missing, giving up with exit code 3" >&2
exit 3
