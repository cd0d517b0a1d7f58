# Writes the shop's page. There is no fault in this file.
cd /shop || exit 1
{
    echo "<h1>The shop</h1>"
    cat shelves.html
    echo "<h2>Prices</h2><pre>"
    cat prices.txt
    echo "</pre><h2>Sold</h2><pre>"
    cat data/sales.txt
    echo "</pre>"
} > data/index.html
