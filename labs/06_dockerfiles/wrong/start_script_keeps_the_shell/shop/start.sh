echo opening
uvicorn app.main:app --host 0.0.0.0 --port {inside}
echo closed
