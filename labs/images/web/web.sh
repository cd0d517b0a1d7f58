# Serves /www on port 80; LISTEN may say another port, or ADDRESS:PORT. A page that is already there stays as it is.
cd /www
[ -e index.html ] || hostname > index.html

# PID 1 gets no default action for SIGTERM: without this trap, `docker stop` would wait for its whole grace time.
trap 'kill "$server"; echo "web: stopped"; exit 0' TERM INT

listen=${LISTEN:-80}
httpd -f -v -p "$listen" -h /www &
server=$!

# The line below is written when the server can be reached: its port listens (state 0A). One that failed never will be.
port=$(printf ':%04X' "${listen##*:}" 2> /dev/null)
until grep -qs "$port [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6; do
    kill -0 "$server" 2> /dev/null || break
    sleep 0.02
done
echo "web: serving on port $listen"
wait "$server"
