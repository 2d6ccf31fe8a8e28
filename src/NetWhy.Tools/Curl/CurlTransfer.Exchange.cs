using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

// One request and its answer.
internal sealed partial class CurlTransfer
{
    private const int BufferSize = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];

    private Outcome Once()
    {
        CurlProxyRoute? proxy = Socket is not null ? null : CurlProxyRoute.Find(_operation, _url, _trace);
        SayNoLogin();
        _connecting = -1; // so curl calls one that there is not yet
        (string Host, int Port) place = Place(proxy);
        _connecting = null;
        bool isReused = TakeConnection(proxy, place);
        while (true)
        {
            bool hasAnswer = Converse(proxy);
            if (hasAnswer)
                break;
            // A connection that was kept may have been closed while nobody looked.
            CurlConnection dead = _connection!;
            if (!isReused)
            {
                if (_streamEnd is { } end)
                    throw end;
                throw NothingCame();
            }

            if (_streamEnd is { HasMessage: true } death)
                _trace.Say(death.Message);
            _trace.Say($"Connection died, retrying a fresh connect (retry count: 1)");
            _trace.Say($"Closing connection {dead.Id}");
            CloseConnection();
            if (_body is { HasBegun: true })
                _body.Rewind();
            _trace.Say($"Issue another request to this URL: '{EffectiveUrl}'");
            Open(proxy, Place(proxy));
            isReused = false;
        }

        return Conclude();
    }

    private string? Socket => _operation.Value("unix-socket") ?? (_operation.Value("abstract-unix-socket") is { } name ? "@" + name : null);

    // Whether it was there already.
    private bool TakeConnection(CurlProxyRoute? proxy, (string Host, int Port) place)
    {
        _pace.Phase = CurlPhase.Resolving;
        string key = Key(proxy, place.Host, place.Port);
        while (_shared.Similar(key) is { } similar)
        {
            bool isTwo = similar.Http2 is not null;
            _trace.Say($"Found bundle for host: 0x1 [{(isTwo ? "can multiplex" : "serially")}]");
            if (!isTwo && _operation.Version is not (CurlHttpVersion.Http10 or CurlHttpVersion.Http11))
                _trace.Say("Can not multiplex, even if we wanted to");
            if (_shared.Take(key, _operation.Family) is not { } kept)
                break;
            if (kept.IsDead)
            {
                _trace.Say($"Connection {kept.Id} seems to be dead");
                _trace.Say($"Closing connection {kept.Id}");
                kept.Dispose();
                continue;
            }

            _connection = kept;
            kept.HostName = proxy?.Host ?? place.Host;
            _trace.Say($"Re-using existing connection #{kept.Id} with {(proxy is null ? $"host {_url.Host}" : $"proxy {proxy.Host}")}");
            Progress.NameLookup += Progress.SinceSingle;
            TakeAddresses(kept);
            return true;
        }

        Open(proxy, place);
        return false;
    }

    private string Key(CurlProxyRoute? proxy, string host, int port)
    {
        bool isShared = proxy is { IsTunnel: false, IsSocks: false };
        List<object?> demands =
        [
            _url.Scheme, isShared ? "" : host.ToLowerInvariant(), isShared ? 0 : port, proxy, Socket, _operation.Version is CurlHttpVersion.Http2, _operation.Version is CurlHttpVersion.Http2Prior, _operation.Has("haproxy-protocol"),
            _operation.Value("interface"), _operation.LocalPorts,
        ];
        if (proxy is { IsTunnel: true })
            demands.AddRange(_operation.ProxyHeaders);
        if (_url.Scheme is "https")
            demands.AddRange([_url.Host.ToLowerInvariant(), _operation.Version is CurlHttpVersion.Http10 or CurlHttpVersion.Http11, _operation.TlsMin, _operation.TlsMax, .. TlsSwitches.Select(name => (object)_operation.Has(name)), .. TlsValues.Select(_operation.Value)]);
        return string.Join('\n', demands.Select(demand => Convert.ToString(demand, CultureInfo.InvariantCulture)));
    }

    // What is demanded of TLS: a connection that was made with other demands serves no request.
    private static readonly string[] TlsSwitches = ["insecure", "cert-status", "no-alpn"];

    private static readonly string[] TlsValues = ["cacert", "capath", "crlfile", "pinnedpubkey", "cert", "key", "pass", "cert-type", "key-type", "ciphers", "tls13-ciphers", "curves"];

    // --connect-to HOST1:PORT1:HOST2:PORT2
    private (string Host, int Port) Place(CurlProxyRoute? proxy)
    {
        foreach (string entry in _operation.ConnectTos)
        {
            string[] parts = SplitHosts(entry);
            bool matches = parts.Length >= 3
                && (parts[0].Length == 0 || parts[0].Equals(_url.Host, StringComparison.OrdinalIgnoreCase))
                && (parts[1].Length == 0 || parts[1] == _url.Port.ToString(CultureInfo.InvariantCulture));
            if (!matches)
                continue;
            string host = parts[2].Length == 0 ? _url.Host : parts[2];
            int port = parts.Length < 4 || parts[3].Length == 0 ? _url.Port
                : int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given <= ushort.MaxValue ? given
                : throw new CurlFailure(49, $"No valid port number in connect to host string ({parts[3]})");
            if (proxy is null)
            {
                if (parts[2].Length > 0)
                    _trace.Say($"Connecting to hostname: {host}");
                if (parts.Length > 3 && parts[3].Length > 0)
                    _trace.Say($"Connecting to port: {port}");
            }

            return (host, port);
        }

        return (_url.Host, _url.Port);
    }

    private static string[] SplitHosts(string entry)
    {
        List<string> parts = [];
        int start = 0;
        bool isInside = false;
        for (int at = 0; at <= entry.Length; at++)
        {
            if (at < entry.Length && entry[at] is '[' or ']')
                isInside = entry[at] == '[';
            if (at < entry.Length && (entry[at] != ':' || isInside))
                continue;
            parts.Add(entry[start..at].Trim('[', ']'));
            start = at + 1;
        }

        return [.. parts];
    }

    private void Open(CurlProxyRoute? proxy, (string Host, int Port) place)
    {
        (string host, int port) = place;
        string key = Key(proxy, host, port);
        _pace.Phase = CurlPhase.Resolving;
        LinuxSocket socket;
        IPAddress? address = null;
        string display = proxy?.Host ?? host;
        int connectPort = proxy?.Port ?? port;
        long id = _shared.NextId();
        _connecting = id;
        if (Socket is { } path)
        {
            Progress.NameLookup += Progress.SinceSingle;
            _pace.Phase = CurlPhase.Connecting;
            socket = _connector.ConnectUnix(path, _url.Host, _url.Port);
        }
        else
        {
            IReadOnlyList<IPAddress> addresses = _connector.Resolve(display, proxy is null && host == _url.Host ? _url.Zone : null, connectPort, proxy is not null);
            Destination = (addresses[0], connectPort);
            Progress.NameLookup += Progress.SinceSingle;
            _meter?.Update();
            (socket, address) = _connector.Connect(display, addresses, connectPort);
        }

        (IPAddress local, int localPort) = address is null ? (IPAddress.None, 0) : socket.LocalEndpoint;
        _connection = new CurlConnection(new ExchangeStream(socket), id, key)
        {
            RemoteAddress = address is null ? Socket!.TrimStart('@') : CurlConnector.Bare(address),
            RemotePort = address is null ? 0 : connectPort,
            LocalAddress = address is null ? "" : CurlConnector.Bare(local),
            LocalPort = localPort,
            HostName = proxy?.Host ?? host,
            Family = _operation.Family,
            IsByProxy = proxy is { IsSocks: false },
        };
        _connecting = null;
        NewConnections++;
        TakeAddresses(_connection);
        string connected = $"Connected to {(Socket is null ? display : _url.Host)} ({_connection.RemoteAddress}) port {(Socket is null ? connectPort : _url.Port)} (#{_connection.Id})";
        if (proxy is { IsSocks: true })
        {
            _trace.Say(connected); // to the proxy; below, to whom it leads
            ConnectBySocks(proxy, host, port);
        }

        Progress.Connect += Progress.SinceSingle;
        _trace.Say(connected);
        if (_operation.Has("haproxy-protocol"))
            SendHaproxy(address);
        if (proxy is { IsTunnel: true })
            OpenTunnel(proxy, host, port);
        if (_url.Scheme is "https")
        {
            ShakeHands();
            Progress.AppConnect += Progress.SinceSingle;
        }
    }

    private void TakeAddresses(CurlConnection connection)
    {
        (RemoteAddress, RemotePort, LocalAddress, LocalPort) = (connection.RemoteAddress, connection.RemotePort, connection.LocalAddress, connection.LocalPort);
        VerifyResult = connection.VerifyResult;
        Scheme = _url.Scheme.ToUpperInvariant();
    }

    // Source: the PROXY protocol, version 1.
    private void SendHaproxy(IPAddress? address)
    {
        string family = address is null ? "UNKNOWN" : address.AddressFamily is AddressFamily.InterNetworkV6 ? "TCP6" : "TCP4";
        string line = address is null
            ? "PROXY UNKNOWN\r\n"
            : string.Create(CultureInfo.InvariantCulture, $"PROXY {family} {LocalAddress} {RemoteAddress} {LocalPort} {RemotePort}\r\n");
        Send(Encoding.ASCII.GetBytes(line), kind: null); // curl does not tell of it
    }

    private void Send(ReadOnlySpan<byte> octets, CurlTraceKind? kind)
    {
        ExchangeStream stream = _connection!.Stream;
        ReadOnlySpan<byte> rest = octets;
        while (!rest.IsEmpty)
        {
            StreamStep step = stream.Write(rest, out int sent);
            switch (step)
            {
                case StreamStep.Moved:
                    rest = rest[sent..];
                    break;
                case StreamStep.WantsRead or StreamStep.WantsWrite:
                    WaitFor(step is StreamStep.WantsRead, step is StreamStep.WantsWrite, null);
                    break;
                default:
                    throw SendFailure(stream);
            }
        }

        if (kind is { } shown)
            _trace.Write(shown, octets);
        RequestSize += kind is CurlTraceKind.HeaderOut ? octets.Length : 0;
    }

    private PollEvents WaitFor(bool wantsRead, bool wantsWrite, TimeSpan? atMost)
    {
        PollEvents wanted = (wantsRead ? PollEvents.Read : PollEvents.None) | (wantsWrite ? PollEvents.Write : PollEvents.None);
        WaitedDescriptor[] descriptors = [new(_connection!.Stream.Socket.Descriptor, wanted)];
        return _pace.Wait(descriptors, atMost) ? descriptors[0].Ready : PollEvents.None;
    }

    // Reads something, however long it takes; 0 at the end.
    private int Receive(Span<byte> buffer)
    {
        CurlConnection connection = _connection!;
        while (true)
        {
            _pace.CheckTime();
            StreamStep step = connection.Stream.Read(buffer, out int received);
            switch (step)
            {
                case StreamStep.Moved:
                    return received;
                case StreamStep.Closed:
                    return 0;
                case StreamStep.WantsRead or StreamStep.WantsWrite:
                    WaitFor(step is StreamStep.WantsRead, step is StreamStep.WantsWrite, null);
                    break;
                default:
                    throw ReceiveFailure(connection.Stream, step);
            }
        }
    }

    private static CurlFailure SendFailure(ExchangeStream stream) => stream is { Tls: { } session, Errno: Errno.OK }
        ? new CurlFailure(CurlFailure.SendError, $"{CurlTls.Library} SSL_write: {CurlTls.ErrorOf(session)}, errno 0")
        : new CurlFailure(CurlFailure.SendError, $"Send failure: {LinuxException.Describe(stream.Errno)}")
        {
            Echo = stream.Tls is null ? null : $"{CurlTls.Library} SSL_write: {LinuxException.Describe(stream.Errno)}, errno {(int)stream.Errno}",
        };

    private static CurlFailure ReceiveFailure(ExchangeStream stream, StreamStep step) => step is StreamStep.Refused
        ? new CurlFailure(CurlFailure.ReceiveError, $"{CurlTls.Library} SSL_read: {CurlTls.ErrorOf(stream.Tls!)}, errno 0")
        : stream.Tls is null
            ? new CurlFailure(CurlFailure.ReceiveError, $"Recv failure: {LinuxException.Describe(stream.Errno)}")
            : new CurlFailure(CurlFailure.ReceiveError, $"Recv failure: {LinuxException.Describe(stream.Errno)}")
            {
                Echo = $"{CurlTls.Library} SSL_read: {LinuxException.Describe(stream.Errno)}, errno {(int)stream.Errno}",
            };

    private void OpenTunnel(CurlProxyRoute proxy, string host, int port)
    {
        const int MostAttempts = 5;
        string place = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        _trace.Say("allocate connect buffer");
        _trace.Say($"Establish HTTP proxy tunnel to {place}");
        for (int attempt = 1; attempt <= MostAttempts; attempt++)
        {
            string version = proxy.Kind is CurlProxyKind.Http10 || _operation.Version is CurlHttpVersion.Http10 ? "1.0" : "1.1";
            var request = new StringBuilder();
            request.Append(CultureInfo.InvariantCulture, $"CONNECT {place} HTTP/{version}\r\n");
            if (!_operation.ProxyHeaders.Any(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)))
                request.Append(CultureInfo.InvariantCulture, $"Host: {place}\r\n");
            if (ProxyAuthorization(proxy, "CONNECT", place) is { } authorization)
                request.Append(CultureInfo.InvariantCulture, $"Proxy-Authorization: {authorization}\r\n");
            bool hasOwnAgent = _operation.ProxyHeaders.Any(header => header.StartsWith("User-Agent:", StringComparison.OrdinalIgnoreCase));
            if (_operation.Value("user-agent") is var agent && agent is not "" && !hasOwnAgent)
                request.Append(CultureInfo.InvariantCulture, $"User-Agent: {agent ?? CurlTool.UserAgent}\r\n");
            if (!_operation.ProxyHeaders.Any(header => header.StartsWith("Proxy-Connection:", StringComparison.OrdinalIgnoreCase)))
                request.Append("Proxy-Connection: Keep-Alive\r\n");
            foreach (string header in _operation.ProxyHeaders.Where(header => header.Contains(':', StringComparison.Ordinal) && !header.TrimEnd().EndsWith(':')))
                request.Append(header).Append("\r\n");
            request.Append("\r\n");
            Send(CurlText.Octets(request.ToString()), CurlTraceKind.HeaderOut);
            (bool wantsAgain, bool isClosed) = ReadTunnelAnswer(proxy);
            if (!wantsAgain)
                break;
            if (isClosed)
                Reconnect(proxy);
        }

        if (ConnectStatus >= 400 && _operation.Has("fail"))
            throw new CurlFailure(CurlFailure.HttpReturned, string.Create(CultureInfo.InvariantCulture, $"The requested URL returned error: {ConnectStatus}"));
        if (ConnectStatus is < 200 or > 299)
            throw new CurlFailure(CurlFailure.ReceiveError, string.Create(CultureInfo.InvariantCulture, $"CONNECT tunnel failed, response {ConnectStatus}"));
        _trace.Say("CONNECT phase completed");
        _trace.Say($"CONNECT tunnel established, response {ConnectStatus}");
    }

    private void Reconnect(CurlProxyRoute proxy)
    {
        CurlConnection old = _connection!;
        _trace.Say("Connect me again please");
        CloseConnection();
        IReadOnlyList<IPAddress> addresses = _connector.Resolve(proxy.Host, null, proxy.Port, isProxy: true);
        (LinuxSocket socket, IPAddress address) = _connector.Connect(proxy.Host, addresses, proxy.Port);
        _connection = new CurlConnection(new ExchangeStream(socket), old.Id, old.Key)
        {
            RemoteAddress = CurlConnector.Bare(address),
            RemotePort = proxy.Port,
            LocalAddress = CurlConnector.Bare(socket.LocalEndpoint.Address),
            LocalPort = socket.LocalEndpoint.Port,
            HostName = old.HostName,
            IsByProxy = old.IsByProxy,
        };
        TakeAddresses(_connection);
    }

    // Octet by octet, so that what comes behind the answer is left in the socket: it belongs to whoever is behind the tunnel.
    private (bool WantsAgain, bool IsClosed) ReadTunnelAnswer(CurlProxyRoute proxy)
    {
        const int LongestHead = 100 * 1024;
        List<byte> line = [];
        List<string> challenges = [];
        long? length = null;
        bool isChunked = false, closes = false, isRefused = false;
        int size = 0;
        ConnectStatus = 0;
        while (true)
        {
            if (Receive(_buffer.AsSpan(0, 1)) == 0)
                throw new CurlFailure(CurlFailure.ReceiveError, "Proxy CONNECT aborted");
            line.Add(_buffer[0]);
            if (++size > LongestHead)
                throw new CurlFailure(CurlFailure.ReceiveError, "CONNECT response too large!");
            if (_buffer[0] != '\n')
                continue;
            byte[] octets = [.. line];
            line.Clear();
            string text = Encoding.Latin1.GetString(octets).TrimEnd('\r', '\n');
            WriteTunnelHeader(octets);
            if (ConnectStatus == 0)
            {
                ConnectStatus = text.StartsWith("HTTP/1.", StringComparison.Ordinal) && text.Length >= 12 && int.TryParse(text.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : -1;
                closes = text.StartsWith("HTTP/1.0", StringComparison.Ordinal);
                continue;
            }

            if (text.Length == 0)
            {
                if (ConnectStatus is < 100 or >= 200)
                    break;
                ConnectStatus = 0;
                continue;
            }

            int colon = text.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? "" : text[..colon].ToLowerInvariant(), value = text[(colon + 1)..].Trim();
            bool isGood = ConnectStatus is >= 200 and < 300;
            if (name is "content-length" && isGood)
                _trace.Say($"Ignoring Content-Length in CONNECT {ConnectStatus} response");
            else if (name is "transfer-encoding" && isGood)
                _trace.Say($"Ignoring Transfer-Encoding in CONNECT {ConnectStatus} response");
            else if (name is "content-length" && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long given))
                length = given;
            else if (name is "transfer-encoding")
                isChunked = value.Contains("chunked", StringComparison.OrdinalIgnoreCase);
            else if (name is "connection" or "proxy-connection")
                closes = value.Contains("close", StringComparison.OrdinalIgnoreCase) || (closes && !value.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
            else if (name is "proxy-authenticate")
                isRefused |= TakeProxyChallenge(challenges, value);
        }

        bool wantsAgain = ConnectStatus == 407 && proxy.User is not null && ChooseProxyAuth(challenges);
        if (ConnectStatus == 407 && !isRefused)
            SkipBody(length, isChunked);
        return (wantsAgain, closes);
    }

    private void WriteTunnelHeader(byte[] octets)
    {
        _trace.Write(CurlTraceKind.HeaderIn, octets);
        HeaderSize += octets.Length;
        if (_operation.Has("suppress-connect-headers"))
            return;
        if (_operation.Has("include") || _operation.Has("head"))
            Sink.WriteHeader(octets);
        DumpHeader(octets);
    }

    private void SkipBody(long? length, bool isChunked)
    {
        if (isChunked || length > 0)
            _trace.Say(isChunked ? "Ignore chunked response-body" : $"Ignore {length} bytes of response-body");
        var chunks = new ChunkedBody(this);
        for (long left = isChunked ? long.MaxValue : length ?? 0; left > 0 && !chunks.IsComplete;)
        {
            int read = Receive(isChunked ? _buffer.AsSpan(0, 1) : _buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length)));
            if (read == 0)
                return;
            if (isChunked)
                chunks.Skip(_buffer.AsSpan(0, read));
            else
                left -= read;
        }
    }

    // Who asks again for what was sent takes it for wrong: whether he does.
    private bool TakeProxyChallenge(List<string> challenges, string value)
    {
        challenges.Add(value);
        bool isRefused = (_hasSentProxyAuth && value.StartsWith("Basic", StringComparison.OrdinalIgnoreCase))
            || (_proxyDigest is not null && FindDigest(value) is { } again && DigestAnswer.Read(again) is not { IsStale: true });
        if (isRefused)
            _trace.Say("Authentication problem. Ignoring this.");
        return isRefused;
    }

    private bool ChooseProxyAuth(List<string> challenges)
    {
        if (_operation.ProxyAuth.HasFlag(CurlAuth.Digest) && challenges.FirstOrDefault(one => one.StartsWith("Digest", StringComparison.OrdinalIgnoreCase)) is { } digest)
        {
            bool isAnswered = _proxyDigest is not null;
            var read = DigestAnswer.Read(digest[6..]);
            if (read is null || (isAnswered && !read.IsStale))
                return false;
            _proxyDigest = read;
            return true;
        }

        bool isBasic = _operation.ProxyAuth.HasFlag(CurlAuth.Basic) && !_hasSentProxyAuth && challenges.Any(one => one.StartsWith("Basic", StringComparison.OrdinalIgnoreCase));
        _proxyBasicWanted |= isBasic;
        return isBasic;
    }

    // Source: RFC 1928, RFC 1929; the SOCKS 4 and 4A memos.
    private void ConnectBySocks(CurlProxyRoute proxy, string host, int port)
    {
        if (proxy.Kind is CurlProxyKind.Socks4 or CurlProxyKind.Socks4a)
            ConnectBySocks4(proxy, host, port);
        else
            ConnectBySocks5(proxy, host, port);
    }

    private void ConnectBySocks4(CurlProxyRoute proxy, string host, int port)
    {
        _trace.Say($"SOCKS4 communication to {host}:{port}");
        List<byte> request = [4, 1, (byte)(port >> 8), (byte)port];
        bool isName = false;
        if (IPAddress.TryParse(host, out IPAddress? literal) && literal.AddressFamily is AddressFamily.InterNetwork)
        {
            request.AddRange(literal.GetAddressBytes());
        }
        else if (proxy.Kind is CurlProxyKind.Socks4a)
        {
            request.AddRange([0, 0, 0, 1]);
            isName = true;
        }
        else
        {
            IPAddress? four = _connector.Resolve(host, null, port, isProxy: false).FirstOrDefault(one => one.AddressFamily is AddressFamily.InterNetwork);
            request.AddRange(four?.GetAddressBytes() ?? throw new CurlFailure(CurlFailure.Proxy, "SOCKS4 connection to IPv6 not supported"));
        }

        if (!isName)
            _trace.Say($"SOCKS4 connect to IPv4 {new IPAddress([.. request[4..]])} (locally resolved)");
        request.AddRange(CurlText.Octets(proxy.User ?? ""));
        request.Add(0);
        if (isName)
            request.AddRange([.. Encoding.ASCII.GetBytes(host), 0]);
        SendRaw([.. request]);
        byte[] reply = ReceiveExactly(8);
        if (reply[0] != 0)
            throw new CurlFailure(CurlFailure.Proxy, "SOCKS4 reply has wrong version, version should be 0.");
        if (reply[1] != 90)
            throw new CurlFailure(CurlFailure.Proxy, string.Create(CultureInfo.InvariantCulture, $"Can't complete SOCKS4 connection to {reply[4]}.{reply[5]}.{reply[6]}.{reply[7]}:{(reply[2] << 8) | reply[3]}. ({reply[1]}), request rejected or failed."));
        _trace.Say($"SOCKS4{(isName ? "a" : "")} request granted.");
    }

    private void ConnectBySocks5(CurlProxyRoute proxy, string host, int port)
    {
        bool hasUser = proxy.User is not null;
        SendRaw(hasUser ? [5, 2, 0, 2] : [5, 1, 0]);
        byte[] choice = ReceiveExactly(2);
        if (choice[0] != 5)
            throw new CurlFailure(CurlFailure.Proxy, "Received invalid version in initial SOCKS5 response.");
        if (choice[1] == 2 && hasUser)
        {
            byte[] user = CurlText.Octets(proxy.User!), password = CurlText.Octets(proxy.Password ?? "");
            if (user.Length > 255 || password.Length > 255)
                throw new CurlFailure(CurlFailure.Proxy, "Excessive user name length for proxy auth");
            SendRaw([1, (byte)user.Length, .. user, (byte)password.Length, .. password]);
            if (ReceiveExactly(2)[1] != 0)
                throw new CurlFailure(CurlFailure.Proxy, "User was rejected by the SOCKS5 server (1 1).");
        }
        else if (choice[1] != 0)
        {
            throw new CurlFailure(CurlFailure.Proxy, choice[1] == 255 ? "No authentication method was acceptable." : "Unknown SOCKS5 mode " + choice[1].ToString(CultureInfo.InvariantCulture) + " received.");
        }

        byte[] place;
        bool isLocal = proxy.Kind is CurlProxyKind.Socks5;
        bool isLiteral = IPAddress.TryParse(host, out IPAddress? address);
        if (!isLiteral && isLocal)
            address = _connector.Resolve(host, null, port, isProxy: false)[0];
        if (address is not null)
            place = [address.AddressFamily is AddressFamily.InterNetworkV6 ? (byte)4 : (byte)1, .. address.GetAddressBytes()];
        else if (host.Length > 255)
            throw new CurlFailure(CurlFailure.Proxy, "SOCKS5: the destination hostname is too long to be resolved remotely by the proxy.");
        else
            place = [3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host)];
        string family = address?.AddressFamily is AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        _trace.Say(isLocal ? $"SOCKS5 connect to {family} {address}:{port} (locally resolved)" : $"SOCKS5 connect to {host}:{port} (remotely resolved)");
        SendRaw([5, 1, 0, .. place, (byte)(port >> 8), (byte)port]);
        byte[] head = ReceiveExactly(4);
        if (head[1] != 0)
            throw new CurlFailure(CurlFailure.Proxy, string.Create(CultureInfo.InvariantCulture, $"Can't complete SOCKS5 connection to {host}. ({head[1]})"));
        _ = head[3] switch
        {
            1 => ReceiveExactly(6),
            4 => ReceiveExactly(18),
            3 => ReceiveExactly(ReceiveExactly(1)[0] + 2),
            _ => throw new CurlFailure(CurlFailure.Proxy, "SOCKS5 reply has wrong address type."),
        };
        _trace.Say("SOCKS5 request granted.");
    }

    private void SendRaw(byte[] octets)
    {
        ReadOnlySpan<byte> rest = octets;
        while (!rest.IsEmpty)
        {
            StreamStep step = _connection!.Stream.Write(rest, out int sent);
            if (step is StreamStep.WantsWrite)
                WaitFor(wantsRead: false, wantsWrite: true, null);
            else if (step is not StreamStep.Moved)
                throw new CurlFailure(CurlFailure.Proxy, "Failed to send SOCKS connect request.");
            rest = rest[sent..];
        }
    }

    private byte[] ReceiveExactly(int count)
    {
        byte[] octets = new byte[count];
        for (int at = 0; at < count;)
        {
            int read = Receive(octets.AsSpan(at));
            if (read == 0)
                throw new CurlFailure(CurlFailure.Proxy, "connection to proxy closed");
            at += read;
        }

        return octets;
    }
}
