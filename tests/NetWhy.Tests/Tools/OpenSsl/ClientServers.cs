using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Tests.Exchanges;
using NetWhy.Tests.Tools.Http;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>Servers to try <c>openssl s_client</c> at: those of <c>openssl s_server</c>, and some that are no good.</summary>
public sealed class ClientServers : IDisposable
{
    private const string Chain = "-cert leaf.pem -key leaf.key -cert_chain intermediate.pem";

    private const string Extensions = """
        -----BEGIN SERVERINFO FOR EXTENSION 1234-----
        BNIAGmhlbGxvLCBoZWxsbywgaGVsbG8sIGhlbGxv
        -----END SERVERINFO FOR EXTENSION 1234-----
        -----BEGIN SERVERINFO FOR EXTENSION 18-----
        ABIABAACYWI=
        -----END SERVERINFO FOR EXTENSION 18-----
        -----BEGIN SERVERINFO FOR EXTENSION 99-----
        AGMAAA==
        -----END SERVERINFO FOR EXTENSION 99-----

        """;

    private readonly CertificateFiles _files = new();
    private readonly List<Process> _processes = [];
    private readonly List<TcpListener> _listeners = [];
    private readonly Dictionary<string, int> _ports = [];

    public ClientServers()
    {
        using (var staple = Process.Start(new ProcessStartInfo("sh",
        [
            "-c",
            """
            printf 'V\t391231235959Z\t\t1001\tunknown\t/CN=www.lab.test\n' >good.txt
            openssl x509 -in client.pem -outform DER -out client.der; openssl pkey -in leaf.key -outform DER -out leafkey.der
            openssl ocsp -index good.txt -CA intermediate.pem -rsigner intermediate.pem -rkey intermediate.key -issuer intermediate.pem -cert leaf.pem -respout staple.der -ndays 9
            """,
        ])
        {
            WorkingDirectory = _files.Place,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!)
        {
            staple.WaitForExit();
        }

        Start("good", $"{Chain} -rev -num_tickets 0 -alpn h2 -status_file staple.der -servername www.lab.test -cert2 client.pem -key2 leaf.key");
        File.WriteAllText(Path.Combine(Place, "extensions.pem"), Extensions);
        Start("extended", $"{Chain} -nextprotoneg one,two -serverinfo extensions.pem");
        Start("tickets", $"{Chain} -rev");
        Start("renegotiating", $"{Chain} -rev -client_renegotiation");
        Start("demanding", $"{Chain} -rev -num_tickets 0 -Verify 2 -verify_return_error -CAfile root.pem");
        Start("asking", $"{Chain} -rev -num_tickets 0 -verify 2 -CAfile root.pem");
        Start("alone", "-cert leaf.pem -key leaf.key -rev -no_ticket -tls1_2");
        Start("self", "-cert every.pem -key root.key -rev -num_tickets 0");
        Start("narrow", $"{Chain} -rev -num_tickets 0 -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -groups P-521");
        Start("fatal", $"{Chain} -rev -num_tickets 0 -servername www.lab.test -servername_fatal -cert2 leaf.pem -key2 leaf.key");
        Start("web", $"{Chain} -num_tickets 0 -WWW");
        StartReal();
        Serve("plain", async peer => await SayAsync(peer, "220 hello there\r\n", readsFirst: false));
        Serve("http", async peer => await SayAsync(peer, "HTTP/1.1 400 Bad Request\r\n\r\n", readsFirst: true));
        Serve("end", async peer => await SayAsync(peer, "", readsFirst: true));
        Serve("reset", async peer =>
        {
            await SayAsync(peer, "", readsFirst: true);
            peer.LingerState = new LingerOption(enable: true, 0);
        });
        Serve("silent", async peer => await ReadToEndAsync(peer));
        foreach (int alert in new[] { 40, 42, 70, 112 })
            Serve($"alert{alert}", async peer => await SayAsync(peer, $"\u0015\u0003\u0003\u0000\u0002\u0002{(char)alert}", readsFirst: true));
        Serve("smtp", peer => TalkAsync(peer, "220 mail ESMTP\r\n", "250-mail\r\n250-STARTTLS\r\n250 HELP\r\n", "220 go on\r\n"));
        Serve("smtp-without", peer => TalkAsync(peer, "220 mail ESMTP\r\n", "250-mail\r\n250 HELP\r\n", "220 go on\r\n"));
        Serve("lmtp", peer => TalkAsync(peer, "220 mail LMTP\r\n", "250-mail\r\n250-STARTTLS\r\n250 HELP\r\n", "220 go on\r\n"));
        Serve("ftp", peer => TalkAsync(peer, "220 ftp\r\n", "234 go on\r\n"));
        Serve("imap", peer => TalkAsync(peer, "* OK hello\r\n", "* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK these it has\r\n", ". OK begin\r\n"));
        Serve("imap-without", peer => TalkAsync(peer, "* OK hello\r\n", "* CAPABILITY IMAP4rev1\r\n. OK these it has\r\n", ". OK begin\r\n"));
        Serve("pop3", peer => TalkAsync(peer, "+OK hello\r\n", "+OK go on\r\n"));
        Serve("postgres", peer => TalkAsync(peer, "", "S"));
        Serve("mysql", peer => TalkAsync(peer, "\u0031\u0000\u0000\u0000\n8.0\0\u0001\0\0\012345678\0\u00ff\u00ff\u0021\u0002\0\u00ff\u00ff\u0015\0\0\0\0\0\0\0\0\0\0123456789012\0", new string('.', 36)));
        Serve("ldap", peer => TalkAsync(peer, "", "\u0030\u000c\u0002\u0001\u0001\u0078\u0007\u000a\u0001\0\u0004\0\u0004\0"));
        Serve("xmpp", peer => TalkAsync(peer, "",
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
            "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
        Serve("proxy", peer => TalkAsync(peer, "", "HTTP/1.1 200 ok\r\n\r\n"));
        Serve("proxy-asking", AskForPasswordAsync);
        Serve("proxy-201", peer => TalkAsync(peer, "", "HTTP/1.0 201\r\nVia: x\r\n\r\n"));
        Serve("proxy-403", async peer => await SayAsync(peer, "HTTP/1.1 403 Forbidden\r\n\r\n", readsFirst: true));
        Serve("proxy-2", async peer => await SayAsync(peer, "HTTP/2 200 all is well\r\n\r\n", readsFirst: true));
        Serve("proxy-ssh", async peer => await SayAsync(peer, "SSH-2.0-something\r\n", readsFirst: true));
        Serve("close-notify", async peer => await SayAsync(peer, "\u0015\u0003\u0003\0\u0002\u0001\0", readsFirst: true));
        int connections = 0;
        Serve("once", peer => Interlocked.Increment(ref connections) == 1 ? GoOnAsync(peer) : ReadToEndAsync(peer));
        _ports["closed"] = 1;
    }

    /// <summary>Directory of the certificates.</summary>
    public string Place => _files.Place;

    /// <summary>Whether there is such a server: nginx, haproxy and stunnel are not installed everywhere.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => _ports.ContainsKey(name);

    /// <summary>Port of a server on the loopback address.</summary>
    /// <param name="name">Its name.</param>
    public int PortOf(string name) => _ports[name];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TcpListener listener in _listeners)
            listener.Dispose();
        foreach (Process process in _processes)
        {
            process.Kill(); // does nothing to one that has ended
            process.WaitForExit();
            process.Dispose();
        }

        _files.Dispose();
    }

    private void Start(string name, string arguments)
    {
        Process process = Process.Start(new ProcessStartInfo("openssl", $"s_server -accept 127.0.0.1:0 {arguments}")
        {
            WorkingDirectory = _files.Place,
            RedirectStandardInput = true, // at its end the server would end
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _processes.Add(process);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (!line.StartsWith("ACCEPT ", StringComparison.Ordinal))
                continue;
            _ports[name] = int.Parse(line.AsSpan(line.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
            _ = process.StandardOutput.ReadToEndAsync();
            return;
        }

        Dispose();
        throw new InvalidOperationException($"openssl s_server {arguments} does not listen");
    }

    // Servers that people run, where they are installed. What TLS 1.3 sends behind the handshake would come when it comes.
    private void StartReal()
    {
        string keyed = Path.Combine(Place, "keyed.pem");
        File.WriteAllText(keyed, string.Concat(((string[])["leaf.pem", "intermediate.pem", "leaf.key"]).Select(name => File.ReadAllText(Path.Combine(Place, name)))));
        const string Identity = "ssl_certificate keyed.pem; ssl_certificate_key leaf.key; ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command NumTickets 0;";
        StartReal("/usr/sbin/nginx", ["-p", Place, "-e", "/dev/null", "-c"], new Dictionary<string, string>
        {
            ["nginx"] = $"{Identity} ssl_ecdh_curve secp384r1;",
            ["nginx-demanding"] = $"{Identity} ssl_protocols TLSv1.2; ssl_client_certificate root.pem; ssl_verify_client on;",
            ["nginx-rejecting"] = $"{Identity} ssl_reject_handshake on;",
            ["nginx-camellia"] = $"{Identity} ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-CAMELLIA256-SHA384;",
            ["nginx-stapling"] = $"{Identity} ssl_stapling on; ssl_stapling_file staple.der;",
        }, (port, setting) => $"server {{ listen 127.0.0.1:{port} ssl; {setting} }}", text => $"daemon off; master_process off; pid nginx.pid; events {{ }} http {{ access_log off; {text} }}");
        StartReal("/usr/sbin/haproxy", ["-q", "-db", "-f"], new Dictionary<string, string>
        {
            ["haproxy"] = $"ssl crt {keyed} alpn h2,http/1.1 ssl-max-ver TLSv1.2",
            ["haproxy-strict"] = $"ssl crt {keyed} strict-sni ssl-max-ver TLSv1.2",
            ["haproxy-demanding"] = $"ssl crt {keyed} ca-file {Place}/root.pem verify required ssl-max-ver TLSv1.2",
            ["haproxy-newest"] = $"ssl crt {keyed} ssl-min-ver TLSv1.3",
            ["haproxy-dead"] = "\n tcp-request inspect-delay 5s\n tcp-request content reject if { req.ssl_hello_type 1 }",
        }, (port, setting) => $"listen s{port}\n mode tcp\n timeout client 9s\n timeout server 9s\n timeout connect 9s\n server self 127.0.0.1:1\n bind 127.0.0.1:{port} {setting}\n", text => text);
        StartReal("/usr/bin/stunnel", [], new Dictionary<string, string>
        {
            ["stunnel"] = "sslVersionMax = TLSv1.2\ncurves = P-384",
            ["stunnel-demanding"] = $"sslVersionMax = TLSv1.2\nverifyChain = yes\nCAfile = {Place}/root.pem",
            ["stunnel-newest"] = "sslVersionMin = TLSv1.3",
        }, (port, setting) => $"[s{port}]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{_ports["good"]}\ncert = {keyed}\n{setting}\n", text => $"foreground = quiet\npid =\nsyslog = no\n{text}");
    }

    private void StartReal(string program, string[] arguments, Dictionary<string, string> settings, Func<int, string, string> part, Func<string, string> whole)
    {
        if (!File.Exists(program))
            return;
        int[] ports = [.. settings.Select(_ => LoopbackServer.FreePort())];
        string file = Path.Combine(Place, $"{Path.GetFileName(program)}.conf");
        File.WriteAllText(file, whole(string.Concat(settings.Values.Zip(ports, (setting, port) => part(port, setting)))));
        Process process = Process.Start(new ProcessStartInfo(program, [.. arguments, file]) { WorkingDirectory = Place, RedirectStandardError = true, RedirectStandardOutput = true })!;
        _processes.Add(process);
        var said = new StringBuilder();
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        foreach ((string name, int port) in settings.Keys.Zip(ports))
        {
            for (var clock = Stopwatch.StartNew(); !RealProxy.Listens(port); Thread.Sleep(10))
            {
                if (!process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(20))
                    continue;
                Dispose();
                throw new InvalidOperationException($"{program} does not listen: {said}");
            }

            _ports[name] = port;
        }
    }

    private void Serve(string name, Func<Socket, Task> serve)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _listeners.Add(listener);
        _ports[name] = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync(listener, serve);
    }

    private static async Task AcceptAsync(TcpListener listener, Func<Socket, Task> serve)
    {
        while (true)
        {
            Socket peer;
            try
            {
                peer = await listener.AcceptSocketAsync();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(peer, serve);
        }
    }

    private static async Task ServeAsync(Socket peer, Func<Socket, Task> serve)
    {
        using (peer)
        {
            try
            {
                await serve(peer);
            }
            catch (SocketException)
            {
                // the client has gone
            }
        }
    }

    private static async Task SayAsync(Socket peer, string text, bool readsFirst)
    {
        byte[] buffer = new byte[4096];
        if (readsFirst)
            await peer.ReceiveAsync(buffer);
        await peer.SendAsync(Encoding.Latin1.GetBytes(text));
        if (text.Length == 0)
            return;
        peer.Shutdown(SocketShutdown.Send);
        await ReadToEndAsync(peer); // to close with octets unread would reset the connection
    }

    private static async Task ReadToEndAsync(Socket peer)
    {
        byte[] buffer = new byte[4096];
        while (await peer.ReceiveAsync(buffer) > 0)
        {
        }
    }

    // Says the first at once and each other as an answer (dots for none), and goes on as the good server.
    private async Task TalkAsync(Socket peer, params string[] lines)
    {
        byte[] buffer = new byte[4096];
        await peer.SendAsync(Encoding.Latin1.GetBytes(lines[0]));
        foreach (string line in lines[1..])
        {
            if (line.Trim('.').Length == 0)
            {
                for (int left = line.Length; left > 0;)
                    left -= await peer.ReceiveAsync(buffer.AsMemory(0, left));
                continue;
            }

            await peer.ReceiveAsync(buffer);
            await peer.SendAsync(Encoding.Latin1.GetBytes(line));
        }

        await GoOnAsync(peer);
    }

    // A proxy for the user u with the password p.
    private async Task AskForPasswordAsync(Socket peer)
    {
        byte[] buffer = new byte[4096];
        string request = "";
        while (!request.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await peer.ReceiveAsync(buffer) is > 0 and int count)
            request += Encoding.Latin1.GetString(buffer, 0, count);
        bool isKnown = request.Contains("\r\nProxy-Authorization: Basic dTpw\r\n", StringComparison.Ordinal);
        await peer.SendAsync(Encoding.Latin1.GetBytes(isKnown ? "HTTP/1.1 200 ok\r\n\r\n" : "HTTP/1.1 407 Who are you\r\n\r\n"));
        if (isKnown)
            await GoOnAsync(peer);
    }

    private async Task GoOnAsync(Socket peer)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, _ports["good"]);
        await Task.WhenAny(CarryAsync(peer, server), CarryAsync(server, peer));
    }

    private static async Task CarryAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[16384];
        while (await from.ReceiveAsync(buffer) is > 0 and var count)
            await to.SendAsync(buffer.AsMemory(0, count));
    }
}
