serve() {
    mkdir -p "/www/$1"
    echo "port $1 of $(hostname)" > "/www/$1/index.html"
    httpd -f -v -p "$1" -h "/www/$1" &
}

trap 'kill $servers; echo "twoports: stopped"; exit 0' TERM INT

serve 80
servers=$!
serve 8080
servers="$servers $!"

# The line below is written when both can be reached: their ports listen (state 0A).
for port in :0050 :1F90; do
    until grep -qs "$port [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6; do
        kill -0 $servers 2> /dev/null || break
        sleep 0.02
    done
done
echo "twoports: serving on ports 80 and 8080"
wait
