# GREETING may say another word than Hello.
greet() {
    echo "${GREETING:-Hello}, $1!"
}

if [ $# -gt 0 ]; then
    for name in "$@"; do greet "$name"; done
    exit 0
fi

greeted=0
while read -r name || [ -n "$name" ]; do
    greet "$name"
    greeted=$((greeted + 1))
done
[ $greeted -gt 0 ] || echo "greeter: nobody to greet. Names come as arguments, or one a line on stdin." >&2
