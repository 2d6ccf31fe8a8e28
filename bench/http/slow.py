"""A TLS server that is late in each phase: usage: slow.py ADDRESS PORT CERTIFICATE KEY"""
import socket
import ssl
import sys
import threading
import time

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])


def serve(connection):
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        time.sleep(0.1)
        with context.wrap_socket(connection, server_side=True) as stream:
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    piece = stream.recv(65536)
                    if not piece:
                        return
                    head = head[-3:] + piece
                time.sleep(0.15)
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
                time.sleep(0.2)
                stream.sendall(b"world")
    except OSError:
        pass


listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
