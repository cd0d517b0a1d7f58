# Serves /www on port 80; LISTEN may say another port, or ADDRESS:PORT. A page that is already there stays as it is.
cd /www
[ -e index.html ] || hostname > index.html

# PID 1 gets no default action for SIGTERM: without this trap, `docker stop` would wait for its whole grace time.
trap 'kill "$server"; echo "web: stopped"; exit 0' TERM INT

httpd -f -v -p "${LISTEN:-80}" -h /www &
server=$!
echo "web: serving on port ${LISTEN:-80}"
wait "$server"
