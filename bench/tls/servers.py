"""Servers of the matrix that no product is: a relay that stops a real server's handshake, and answers cut short.

    servers.py PKI PORT KIND UPSTREAM ...      one word of four for each server, separated by commas; ends with its standard input
"""
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time

GARBAGE = b"\x00\xffnothing that anybody knows\r\n" * 200


def end(client, action):
    if action == "garbage":
        client.sendall(GARBAGE)
        action = "silent"
    if action == "silent":  # until the client has gone
        client.settimeout(60)
        try:
            while client.recv(65536):
                pass
        except OSError:
            pass
    elif action == "fin":
        client.shutdown(socket.SHUT_WR)
        end(client, "silent")
    elif action == "rst":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def relay(client, action, records, octets, port):
    """Passes so many records of the server, and so many octets of the next one; then does what is asked."""
    if records < 0:
        return end(client, action)
    if records == 0 and octets == 0:
        client.recv(65536)
        return end(client, action)
    upstream = socket.create_connection(("127.0.0.1", port))
    come = b""
    while records > 0 or octets > 0:
        # One thread for both ways: a close would reset nothing while another one still reads.
        for ready in select.select([client, upstream], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                upstream.close()
                return end(client, "fin")
            if ready is client:
                upstream.sendall(data)
            else:
                come += data
        while records > 0 and len(come) >= 5 and len(come) >= (size := 5 + int.from_bytes(come[3:5], "big")):
            client.sendall(come[:size])
            come, records = come[size:], records - 1
        if records == 0 and len(come) >= octets > 0:
            client.sendall(come[:octets])
            octets = 0
    upstream.close()
    if action == "rst":
        time.sleep(0.3)  # or the octets before it would be lost with it
    end(client, action)


def answer(client, action, context, text):
    """Makes the handshake, answers with part of an answer, and does what is asked."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_side=True)

    def until_done(step):
        while True:
            try:
                result = step()
                client.sendall(outgoing.read())
                return result
            except ssl.SSLWantReadError:
                client.sendall(outgoing.read())
                data = client.recv(65536)
                if not data:
                    raise ConnectionResetError
                incoming.write(data)

    until_done(session.do_handshake)
    until_done(lambda: session.read(65536))
    if text:
        session.write(text)
        client.sendall(outgoing.read())
    if action == "close-notify":
        try:
            session.unwrap()
        except ssl.SSLError:
            pass
        client.sendall(outgoing.read())
        action = "fin"
    if action == "rst":
        time.sleep(0.3)
    end(client, action)


def alert(client, level, code):
    client.recv(65536)
    client.sendall(bytes([21, 3, 3, 0, 2, level, code]))
    end(client, "fin")


def speak(client, text):
    client.sendall(text)
    end(client, "fin")


def mail(client, protocol, offers):
    """The plain side of mail protocols: enough for a STARTTLS that stunnel adds, or that is missing."""
    greeting = {"smtp": b"220 mail.lab.test ESMTP\r\n", "imap": b"* OK ready\r\n", "pop3": b"+OK ready\r\n"}[protocol]
    client.sendall(greeting)
    lines = client.makefile("rb")
    for line in lines:
        words = line.split()
        verb = words[1 if protocol == "imap" and len(words) > 1 else 0].upper() if words else b""
        tag = words[0] if protocol == "imap" and words else b""
        if protocol == "smtp":
            reply = {b"EHLO": b"250-mail.lab.test\r\n250 HELP\r\n", b"HELO": b"250 mail\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"502 no\r\n")
        elif protocol == "imap":
            reply = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n", b"LOGOUT": b"* BYE\r\n" + tag + b" OK\r\n"}.get(verb, tag + b" BAD no\r\n")
        else:
            reply = {b"CAPA": b"+OK\r\nUSER\r\n.\r\n", b"QUIT": b"+OK\r\n"}.get(verb, b"-ERR no\r\n")
        client.sendall(reply)
        if verb in (b"QUIT", b"LOGOUT"):
            break
    end(client, "fin")


def serve(port, handle):
    listener = socket.create_server(("", port), backlog=256)

    def handled(client):
        try:
            handle(client)
        except (OSError, ssl.SSLError):
            client.close()

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=handled, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def start(pki, specification):
    port, kind, *rest = specification.split(",")
    if kind == "relay":
        action, records, octets, upstream = rest
        handle = lambda client: relay(client, action, int(records), int(octets), int(upstream))
    elif kind == "answer":
        action, text, version = rest
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(pki, "leaf.pem"), os.path.join(pki, "leaf.key"))
        context.set_alpn_protocols(["http/1.1"])
        if version == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        handle = lambda client: answer(client, action, context, text.encode().decode("unicode_escape").encode())
    elif kind == "alert":
        handle = lambda client: alert(client, int(rest[0]), int(rest[1]))
    elif kind == "speak":
        handle = lambda client: speak(client, rest[0].encode().decode("unicode_escape").encode())
    elif kind == "mail":
        handle = lambda client: mail(client, rest[0], False)
    else:
        raise ValueError(kind)
    serve(int(port), handle)


if __name__ == "__main__":
    for word in sys.argv[2:]:
        start(sys.argv[1], word)
    print("ready", flush=True)
    sys.stdin.read()
