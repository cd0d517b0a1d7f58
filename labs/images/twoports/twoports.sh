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
echo "twoports: serving on ports 80 and 8080"
wait
