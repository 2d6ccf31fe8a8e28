using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>A connection that may carry one request after the other.</summary>
/// <param name="stream">The stream, owned.</param>
/// <param name="id">Its number.</param>
/// <param name="key">What a request must have in common with it.</param>
internal sealed class CurlConnection(ExchangeStream stream, long id, string key) : IDisposable
{
    internal ExchangeStream Stream => stream;

    internal long Id => id;

    internal string Key => key;

    /// <summary>HTTP/2 over it; null for HTTP/1.</summary>
    internal Http2Connection? Http2 { get; set; }

    internal string RemoteAddress { get; init; } = "";

    internal int RemotePort { get; init; }

    internal string LocalAddress { get; init; } = "";

    internal int LocalPort { get; init; }

    /// <summary>How its host is called.</summary>
    internal string HostName { get; set; } = "";

    /// <summary>The family of addresses that was asked for, 4 or 6; 0 for any.</summary>
    internal int Family { get; init; }

    internal bool IsByProxy { get; init; }

    /// <summary>Whether its peer has answered by HTTP/1.0.</summary>
    internal bool IsOld { get; set; }

    internal long VerifyResult { get; set; }

    /// <summary>Whether the peer has closed it, or said what nobody asked for.</summary>
    internal bool IsDead
    {
        get
        {
            Span<byte> octet = stackalloc byte[1];
            Errno errno = stream.Socket.Peek(octet, out int received);
            return errno is not Errno.EAGAIN && !(errno is Errno.OK && received > 0 && (stream.Tls is not null || Http2 is not null));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}

/// <summary>What transfers share: connections that are kept, names that were resolved, cookies.</summary>
/// <param name="output">Standard output.</param>
internal sealed class CurlShared(Stream output) : IDisposable
{
    private const int MostIdle = 100; // descriptors, whatever number of hosts is asked

    private readonly Dictionary<string, FileStream> _dumps = [];
    private readonly List<CurlConnection> _idle = [];
    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _names = [];
    private long _nextId;

    internal Lock Lock { get; } = new();

    internal Stream Output => output;

    internal CookieJar Cookies { get; } = new();

    internal bool UsesCookies { get; set; }

    internal CurlHsts Hsts { get; } = new();

    /// <summary>The file that headers go to, which all transfers share.</summary>
    /// <param name="path">Its path.</param>
    internal FileStream DumpFile(string path)
    {
        lock (Lock)
        {
            if (_dumps.TryGetValue(path, out FileStream? open))
                return open;
            try
            {
                return _dumps[path] = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new CurlFailure(CurlFailure.WriteError);
            }
        }
    }

    internal long NextId()
    {
        lock (Lock)
            return _nextId++;
    }

    // What a request could have in common with one that is kept, but for the family of addresses.
    internal CurlConnection? Similar(string key)
    {
        lock (Lock)
            return _idle.Find(one => one.Key == key);
    }

    // A family that is asked for must have been asked for before: the same address would not do.
    internal CurlConnection? Take(string key, int family)
    {
        lock (Lock)
        {
            int place = _idle.FindIndex(one => one.Key == key && (family == 0 || one.Family == family));
            if (place < 0)
                return null;
            CurlConnection connection = _idle[place];
            _idle.RemoveAt(place);
            return connection;
        }
    }

    internal void Keep(CurlConnection connection)
    {
        CurlConnection? oldest = null;
        lock (Lock)
        {
            if (_idle.Count == MostIdle)
            {
                oldest = _idle[0];
                _idle.RemoveAt(0);
            }

            _idle.Add(connection);
        }

        oldest?.Dispose();
    }

    internal IReadOnlyList<IPAddress>? Known(string host, int port)
    {
        lock (Lock)
        {
            return _names.GetValueOrDefault(Key(host, port)) ?? _names.GetValueOrDefault(Key("*", port));
        }
    }

    internal void Remember(string host, int port, IReadOnlyList<IPAddress> addresses)
    {
        lock (Lock)
            _names[Key(host, port)] = addresses;
    }

    // Or what is known of all hosts, where nothing of this one is.
    internal void Forget(string host, int port)
    {
        lock (Lock)
        {
            if (!_names.Remove(Key(host, port)))
                _names.Remove(Key("*", port));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CurlConnection connection in _idle)
            connection.Dispose();
        _idle.Clear();
        foreach (FileStream dump in _dumps.Values)
            dump.Dispose();
    }

    private static string Key(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host.ToLowerInvariant()}:{port}");
}

/// <summary>Makes connections: addresses of both families tried beside each other. Source: RFC 8305, as curl follows it.</summary>
/// <param name="operation">The options.</param>
/// <param name="shared">Names and numbers.</param>
/// <param name="trace">Is told what happens.</param>
/// <param name="pace">Waits.</param>
internal sealed class CurlConnector(CurlOperation operation, CurlShared shared, CurlTrace trace, CurlPace pace)
{
    private const int ReuseAddress = 2, KeepAlive = 9; // SO_…
    private const int LevelTcp = 6, TcpKeepIdle = 4, TcpKeepInterval = 5;

    /// <summary>Finds the addresses of a host.</summary>
    /// <param name="host">Its name or address.</param>
    /// <param name="zone">Zone of an IPv6 address; null for none.</param>
    /// <param name="port">The port.</param>
    /// <param name="isProxy">Whether it is a proxy.</param>
    internal IReadOnlyList<IPAddress> Resolve(string host, string? zone, int port, bool isProxy)
    {
        if (Remembered(host, port, known => OfFamily(known).Count > 0) is { } remembered)
            return OfFamily(remembered);
        IReadOnlyList<IPAddress> found = LookUp(host, zone, operation.Family is 4), addresses = OfFamily(found);
        if (addresses.Count == 0)
            throw found.Count > 0 ? new CurlFailure(CurlFailure.CannotConnect) : NotFound(host, isProxy); // with -6, curl looks for both families, and then finds none to connect to
        shared.Remember(host, port, addresses);
        return addresses;
    }

    /// <summary>Connects to the first address that takes it.</summary>
    /// <param name="host">How the host is called.</param>
    /// <param name="addresses">Its addresses.</param>
    /// <param name="port">The port.</param>
    internal (LinuxSocket Socket, IPAddress Address) Connect(string host, IReadOnlyList<IPAddress> addresses, int port)
    {
        long begin = Stopwatch.GetTimestamp();
        _complaint = null;
        AddressFamily first = addresses[0].AddressFamily;
        pace.Phase = CurlPhase.Trying;
        Chain[] chains = [new([.. addresses.Where(one => one.AddressFamily == first)]), new([.. addresses.Where(one => one.AddressFamily != first)])];
        try
        {
            Start(chains[0], port);
            while (true)
            {
                bool isOtherDue = !chains[1].HasBegun && (chains[0].Socket is null || Stopwatch.GetElapsedTime(begin) >= operation.HappyEyeballs);
                if (isOtherDue)
                    Start(chains[1], port);
                Chain[] waiting = [.. chains.Where(chain => chain.Socket is not null)];
                if (waiting.Length == 0)
                    break;
                TimeSpan? step = chains[1] is { HasBegun: false, Addresses.Count: > 0 } ? operation.HappyEyeballs - Stopwatch.GetElapsedTime(begin) : null;
                foreach (Chain chain in waiting)
                {
                    if (chain.Limit is { } limit)
                        step = step is null || limit - chain.Elapsed < step ? limit - chain.Elapsed : step;
                }

                WaitedDescriptor[] descriptors = new WaitedDescriptor[waiting.Length];
                for (int i = 0; i < waiting.Length; i++)
                    descriptors[i] = new WaitedDescriptor(waiting[i].Socket!.Descriptor, PollEvents.Write);
                pace.Wait(descriptors, step);
                for (int i = 0; i < waiting.Length; i++)
                {
                    Chain chain = waiting[i];
                    if (descriptors[i].Ready is PollEvents.None)
                    {
                        if (chain.Limit is { } limit && chain.Elapsed >= limit)
                        {
                            trace.Say($"{(chain.Address!.AddressFamily is AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4")} connect timeout after {(long)Math.Round(limit.TotalMilliseconds)}ms, move on!");
                            chain.Code = CurlFailure.TimedOut;
                            Leave(chain, port);
                        }

                        continue;
                    }

                    Errno errno = chain.Socket!.TakeError();
                    if (errno is Errno.OK)
                    {
                        LinuxSocket socket = chain.Socket;
                        chain.Socket = null;
                        pace.Phase = CurlPhase.Connecting;
                        return (socket, chain.Address!);
                    }

                    Fail(chain, port, errno);
                }
            }
        }
        finally
        {
            foreach (Chain chain in chains)
                chain.Socket?.Dispose();
        }

        int code = chains[0].Code; // curl tells of the family that it tried first
        string why = string.Create(CultureInfo.InvariantCulture, $"Failed to connect to {host} port {port} after {(long)Stopwatch.GetElapsedTime(begin).TotalMilliseconds} ms: {CurlFailure.TextOf(code)}");
        if (_complaint is null)
            throw new CurlFailure(code, why);
        trace.Say(why);
        throw new CurlFailure(code, _complaint) { IsAfterwards = true }; // it was told where it happened
    }

    /// <summary>Connects to a socket of this machine.</summary>
    /// <param name="path">Its path, or its abstract name behind an @.</param>
    /// <param name="host">How the host of the URL is called.</param>
    /// <param name="port">The port of the URL.</param>
    internal LinuxSocket ConnectUnix(string path, string host, int port)
    {
        string shown = path.StartsWith('@') ? "" : path; // of an abstract name, which begins with a zero, curl shows nothing
        trace.Say($"  Trying {shown}:0...");
        Errno errno = LinuxSocket.OpenUnix(out LinuxSocket? socket);
        if (socket is not null)
            errno = socket.ConnectUnix(path);
        if (errno is Errno.OK)
            return socket!;
        socket?.Dispose();
        trace.Say($"Immediate connect fail for {shown}: {LinuxException.Describe(errno)}");
        throw new CurlFailure(CurlFailure.CannotConnect, string.Create(CultureInfo.InvariantCulture, $"Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"));
    }

    private static CurlFailure NotFound(string host, bool isProxy) => isProxy
        ? new CurlFailure(CurlFailure.NoProxyAddress, $"Could not resolve proxy: {host}")
        : new CurlFailure(CurlFailure.NoAddress, $"Could not resolve host: {host}");

    private IReadOnlyList<IPAddress> LookUp(string host, string? zone, bool isFourOnly)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal) && (zone is null || !literal.IsIPv6LinkLocal))
            return [literal]; // a zone means nothing to the kernel where the address has a wider scope, and the resolver refuses it there
        bool isOwn = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        if (isOwn)
            return [IPAddress.Loopback, IPAddress.IPv6Loopback]; // whatever a resolver says: RFC 6761, section 6.3
        int family = isFourOnly ? 2 : 0;
        string asked = zone is null ? host : $"{host}%{zone}";
        Task<ResolvedName> task = Task.Run(() => SystemNames.Resolve(asked, family));
        pace.Await(task);
        return task.Result.Addresses;
    }

    private IReadOnlyList<IPAddress> OfFamily(IReadOnlyList<IPAddress> addresses) => operation.Family switch
    {
        4 => [.. addresses.Where(one => one.AddressFamily is AddressFamily.InterNetwork)],
        6 => [.. addresses.Where(one => one.AddressFamily is AddressFamily.InterNetworkV6)],
        _ => addresses,
    };

    private void Fail(Chain chain, int port, Errno errno)
    {
        trace.Say($"connect to {chain.Address} port {port} failed: {LinuxException.Describe(errno)}");
        Leave(chain, port);
    }

    private void Leave(Chain chain, int port)
    {
        chain.Socket!.Dispose();
        chain.Socket = null;
        Start(chain, port);
    }

    private void Start(Chain chain, int port)
    {
        while (chain.Next())
        {
            IPAddress address = chain.Address!;
            bool isSix = address.AddressFamily is AddressFamily.InterNetworkV6;
            trace.Say(isSix ? (FormattableString)$"  Trying [{Bare(address)}]:{port}..." : $"  Trying {address}:{port}...");
            Errno errno = LinuxSocket.Open(address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
            chain.Code = CurlFailure.CannotConnect;
            if (socket is null)
                continue;
            if (Prepare(socket, isSix) is { } code)
            {
                socket.Dispose();
                chain.Code = code;
                continue;
            }

            errno = socket.Connect(address, port);
            if (errno is Errno.OK or Errno.EINPROGRESS)
            {
                chain.Socket = socket;
                chain.Limit = chain.IsLast ? pace.TimeToConnect : pace.TimeToTry / 2;
                return;
            }

            socket.Dispose();
            trace.Say($"Immediate connect fail for {Bare(address)}: {LinuxException.Describe(errno)}");
        }
    }

    /// <summary>An address without its zone.</summary>
    /// <param name="address">The address.</param>
    internal static string Bare(IPAddress address) => new IPAddress(address.GetAddressBytes()).ToString();

    private string? _complaint; // the first about an end here, which curl ends with whatever comes after it

    // What keeps it from having the local end that is wanted, as an exit code; null where it has it.
    private int? Prepare(LinuxSocket socket, bool isSix)
    {
        if (!operation.Has("no-tcp-nodelay"))
            socket.SetNoDelay();
        if (!operation.Has("no-keepalive"))
        {
            socket.SetSocketOption(KeepAlive, 1);
            socket.SetOption(LevelTcp, TcpKeepIdle, operation.KeepAliveTime);
            socket.SetOption(LevelTcp, TcpKeepInterval, operation.KeepAliveTime);
        }

        IPAddress? source = null;
        if (operation.Value("interface") is { } named)
        {
            bool isDevice = named.StartsWith("if!", StringComparison.Ordinal), isHost = named.StartsWith("host!", StringComparison.Ordinal);
            string name = isDevice || isHost ? named[(named.IndexOf('!', StringComparison.Ordinal) + 1)..] : named;
            if (!isHost && socket.BindToDevice(name) is Errno.OK)
                return null; // whatever ports are wanted
            if (isDevice)
                return Complain($"Couldn't bind to interface '{name}'");
            source = LocalAddress(name, isSix);
            if (source is null)
            {
                trace.Say($"Could not resolve host: {name}");
                return Complain($"Couldn't bind to '{name}'");
            }

            bool isSourceSix = source.AddressFamily is AddressFamily.InterNetworkV6;
            trace.Say($"Name '{name}' family {(isSix ? 10 : 2)} resolved to '{source}' family {(isSourceSix ? 10 : 2)}");
            if (isSourceSix != isSix)
                return CurlFailure.CannotConnect; // an address of the other family may have it
        }

        if (source is null && operation.LocalPorts is null)
            return null;
        IPAddress local = source ?? (isSix ? IPAddress.IPv6Any : IPAddress.Any);
        (int first, int last) = operation.LocalPorts ?? (0, 0);
        Errno errno = Errno.EADDRINUSE;
        int port = first;
        for (; port <= last && errno is Errno.EADDRINUSE; port++)
        {
            if (port > 0)
                socket.SetSocketOption(ReuseAddress, 1);
            errno = socket.Bind(local, port);
        }

        if (errno is not Errno.OK)
            return Complain(string.Create(CultureInfo.InvariantCulture, $"bind failed with errno {(int)errno}: {LinuxException.Describe(errno)}"));
        trace.Say($"Local port: {port - 1}");
        return null;
    }

    private int Complain(string why)
    {
        trace.Say(why);
        _complaint ??= why;
        return CurlFailure.InterfaceFailed;
    }

    // What is known of a name, if it is of use; else it is forgotten.
    private IReadOnlyList<IPAddress>? Remembered(string host, int port, Func<IReadOnlyList<IPAddress>, bool> isOfUse)
    {
        if (shared.Known(host, port) is not { } known)
            return null;
        if (isOfUse(known))
        {
            trace.Say($"Hostname {host} was found in DNS cache");
            return known;
        }

        trace.Say("Hostname in DNS cache doesn't have needed family, zapped");
        shared.Forget(host, port);
        return null;
    }

    // The first address of a name, of whatever family: curl asks for IPv4 alone where that is wanted, else for both, and remembers what it got.
    private IPAddress? LocalAddress(string name, bool isSix)
    {
        const int RememberedPort = 80; // curl remembers a name together with a port, and takes this one
        if (Remembered(name, RememberedPort, known => known.Any(address => address.AddressFamily is AddressFamily.InterNetworkV6 == isSix)) is { } remembered)
            return remembered[0];
        IReadOnlyList<IPAddress> found = LookUp(name, null, isFourOnly: !isSix);
        if (found.Count == 0)
            return null;
        shared.Remember(name, RememberedPort, found);
        return found[0];
    }

    // The addresses of one family, one after the other.
    private sealed class Chain(IReadOnlyList<IPAddress> addresses)
    {
        private int _next;
        private long _began;

        internal IReadOnlyList<IPAddress> Addresses => addresses;

        internal LinuxSocket? Socket { get; set; }

        internal IPAddress? Address { get; private set; }

        internal TimeSpan? Limit { get; set; }

        // What the address that was tried last fails with.
        internal int Code { get; set; } = CurlFailure.CannotConnect;

        internal bool HasBegun => _next > 0 || addresses.Count == 0;

        internal bool IsLast => _next == addresses.Count;

        internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

        internal bool Next()
        {
            if (_next == addresses.Count)
                return false;
            Address = addresses[_next++];
            _began = Stopwatch.GetTimestamp();
            return true;
        }
    }
}

/// <summary>What a transfer is waiting for.</summary>
internal enum CurlPhase
{
    /// <summary>An address.</summary>
    Resolving,

    /// <summary>One of several addresses to accept; what time each has to connect is the connector's to keep.</summary>
    Trying,

    /// <summary>A connection that can be used.</summary>
    Connecting,

    /// <summary>Anything else.</summary>
    Performing,
}

/// <summary>Waits, but not longer than the options allow, and shows the progress meanwhile.</summary>
/// <param name="operation">The options.</param>
/// <param name="progress">The times.</param>
/// <param name="meter">Is shown; null for none.</param>
/// <param name="cancellation">Gives up.</param>
internal sealed class CurlPace(CurlOperation operation, CurlProgress progress, CurlMeter? meter, CancellationToken cancellation) : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromMinutes(5); // curl's own bound

    private readonly DescriptorWait _wait = new();
    private CancellationTokenRegistration? _wake;
    private long? _slowSince;

    internal CurlPhase Phase { get; set; }

    /// <summary>Time left to connect, whatever is left in all.</summary>
    internal TimeSpan TimeToConnect =>
        (operation.ConnectTimeout is { } timeout && timeout > TimeSpan.Zero ? timeout : LongestConnect) - Stopwatch.GetElapsedTime(progress.SingleStart);

    /// <summary>Time left to connect.</summary>
    internal TimeSpan TimeToTry => TimeInAll is { } most && most < TimeToConnect ? most : TimeToConnect;

    private TimeSpan? TimeInAll => operation.MaxTime is { } most && most > TimeSpan.Zero ? most - progress.SinceStart : null;

    /// <summary>Waits for descriptors.</summary>
    /// <param name="descriptors">What for.</param>
    /// <param name="atMost">How long at most; null for as long as is allowed.</param>
    /// <returns>Whether one is ready.</returns>
    /// <exception cref="CurlFailure">The time is over.</exception>
    internal bool Wait(Span<WaitedDescriptor> descriptors, TimeSpan? atMost)
    {
        _wake ??= cancellation.Register(_wait.Wake);
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            CheckTime();
            CheckSpeed();
            TimeSpan step = meter is not null || operation.SpeedTime > 0 ? Second : Timeout.InfiniteTimeSpan;
            step = Shorter(step, Left());
            TimeSpan? rest = atMost is { } most ? most - Stopwatch.GetElapsedTime(begin) : null;
            if (rest is { } over && over <= TimeSpan.Zero)
                return false;
            step = Shorter(step, rest);
            if (_wait.Wait(descriptors, step))
                return true;
        }
    }

    /// <summary>Waits for a task.</summary>
    /// <param name="task">The task.</param>
    internal void Await(Task task)
    {
        _wake ??= cancellation.Register(_wait.Wake);
        _ = task.ContinueWith(_ => _wait.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (!task.IsCompleted)
        {
            cancellation.ThrowIfCancellationRequested();
            CheckTime();
            meter?.Update();
            _wait.Wait([], Shorter(meter is null ? Timeout.InfiniteTimeSpan : Second, Left()));
            meter?.Update();
        }
    }

    /// <summary>Pauses.</summary>
    /// <param name="time">How long.</param>
    internal void Pause(TimeSpan time) => Wait([], time);

    /// <summary>Ends the transfer where its time is over.</summary>
    internal void CheckTime()
    {
        if (Left() is { } left && left <= TimeSpan.Zero)
            throw new CurlFailure(CurlFailure.TimedOut, Words());
    }

    /// <summary>Ends the transfer where it is too slow, once what came is taken. Source: curl's lib/speedcheck.c.</summary>
    internal void CheckSpeed()
    {
        if (meter is null)
            progress.Sample();
        else
            meter.Update();
        if (operation.SpeedTime <= 0)
            return;
        if (Phase is not CurlPhase.Performing || progress.CurrentSpeed is not { } speed || speed >= operation.SpeedLimit)
            _slowSince = null; // to connect is bounded otherwise
        else if (_slowSince is not { } since)
            _slowSince = Stopwatch.GetTimestamp();
        else if (Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(operation.SpeedTime))
            throw new CurlFailure(CurlFailure.TimedOut, string.Create(CultureInfo.InvariantCulture, $"Operation too slow. Less than {operation.SpeedLimit} bytes/sec transferred the last {operation.SpeedTime} seconds"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wake?.Dispose();
        _wait.Dispose();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan? other) =>
        other is not { } time ? one : one == Timeout.InfiniteTimeSpan || time < one ? (time < TimeSpan.Zero ? TimeSpan.Zero : time) : one;

    private TimeSpan? Left()
    {
        return Phase is CurlPhase.Performing or CurlPhase.Trying ? TimeInAll : TimeToTry;
    }

    private string Words()
    {
        long single = (long)Stopwatch.GetElapsedTime(progress.SingleStart).TotalMilliseconds;
        string size = progress.DownloadSize is { } whole ? string.Create(CultureInfo.InvariantCulture, $" out of {whole}") : "";
        return Phase switch
        {
            CurlPhase.Resolving => string.Create(CultureInfo.InvariantCulture, $"Resolving timed out after {single} milliseconds"),
            CurlPhase.Trying or CurlPhase.Connecting => string.Create(CultureInfo.InvariantCulture, $"Connection timed out after {single} milliseconds"),
            _ => string.Create(CultureInfo.InvariantCulture, $"Operation timed out after {(long)progress.SinceStart.TotalMilliseconds} milliseconds with {progress.Downloaded}{size} bytes received"),
        };
    }
}
