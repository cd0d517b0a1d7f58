# The shop. There is no fault in this file.
# It serves the folder /shop/data on $LISTEN (a port, or ADDRESS:PORT), and closes when it is asked to.
trap 'kill "$server" 2> /dev/null; echo "shop: closed"; exit 0' TERM INT

cd /shop || exit 1
mkdir -p data 2> /dev/null
if ! touch data/sales.txt 2> /dev/null; then
    echo "shop: $(id -un) may not write into /shop/data" >&2
    exit 1
fi

sh page.sh
echo "shop: open on ${LISTEN:-8080}, sold before: $(tr '\n' ' ' < data/sales.txt)"
httpd -f -v -p "${LISTEN:-8080}" -h data &
server=$!
wait "$server"
