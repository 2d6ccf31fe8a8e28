using System.Net;
using System.Net.Sockets;
using NetWhy.Wire;

namespace NetWhy.Lab.Servers;

/// <summary>The lab's misbehaving programs: <c>netwhy lab serve MODE OPTIONS…</c>.</summary>
/// <remarks>They are told from real servers by nothing but their fault, so they speak TCP, HTTP, TLS records and DNS by hand.</remarks>
public static class FaultyServer
{
    private const int DefaultBacklog = 128;

    /// <summary>Every mode with what it does.</summary>
    public static IReadOnlyList<(string Mode, string Does)> Modes { get; } =
    [
        ("hang-after-accept", "reads and never answers"),
        ("no-read", "accepts and never reads: the window closes"),
        ("no-accept", "listens with --backlog N and never accepts; --fill fills the queue first"),
        ("accept-errors", "is out of file descriptors: accept fails"),
        ("reset-on-accept", "answers the connection with a RST"),
        ("close-on-accept", "closes at once"),
        ("reset-after-request", "reads a request and resets"),
        ("close-after-request", "reads a request and closes without a word"),
        ("leak-close-wait", "answers, and never closes its side"),
        ("http", "answers --status N with --header H… and --body TEXT after --seconds S; --keep-alive: and goes on, later ones with --later-status N after --later-seconds S; --still S: of each 4 s it answers none in the first S"),
        ("slow-first-byte", "answers after --seconds S"),
        ("trickle", "sends --size N octets of body over --seconds S; --head: the header too"),
        ("stall-body", "stops in the middle of --size N octets of body"),
        ("truncated-body", "announces --size N octets, sends a third, closes"),
        ("reset-body", "announces --size N octets, sends a third, resets"),
        ("malformed", "answers a request with something that is not HTTP (--text)"),
        ("redirect-loop", "redirects every URL to itself"),
        ("banner", "says --text first, as SSH and SMTP servers do"),
        ("tls-alert", "answers the ClientHello with fatal alert --code N"),
        ("proxy", "HTTP proxy; --answer works, 403, 407, 502 or hang"),
        ("dns", "DNS server with --record NAME=ADDRESS[,…]; --rcode, --drop all|aaaa|edns|udp, --delay, --truncate, --wrong-id, --no-tcp, --source"),
        ("hold", "opens --count N connections --to ADDRESS:PORT and keeps them; --size N: sends as much on each"),
        ("stream", "sends --to ADDRESS:PORT all the time; --buffer N: with a send buffer of N octets; --size N --seconds S: so much in each such time"),
        ("syn-flood", "sends --count N SYNs --to ADDRESS:PORT from forged addresses of --source A.B.C.0, in --seconds S"),
        ("udp-slow", "takes datagrams at --listen ADDRESS:PORT and reads none"),
        ("udp-burst", "sends --count N datagrams of --size N octets --to ADDRESS:PORT, in --seconds S"),
    ];

    /// <summary>Runs a mode until it is cancelled.</summary>
    /// <param name="mode">One of <see cref="Modes"/>.</param>
    /// <param name="words">Its options.</param>
    /// <param name="ready">Called when it serves.</param>
    /// <param name="clock">The time, for delays.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="LabException">The mode or an option is unknown, or the port is taken.</exception>
    public static async Task RunAsync(string mode, string[] words, Action ready, TimeProvider clock, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(ready);
        var options = new ServeOptions(words);
        try
        {
            switch (mode)
            {
                case "no-accept":
                    await NoAcceptAsync(options, ready, stop).ConfigureAwait(false);
                    break;
                case "accept-errors":
                    AcceptErrors(options, ready, stop);
                    break;
                case "hold":
                    await HoldAsync(options, ready, stop).ConfigureAwait(false);
                    break;
                case "stream":
                    await StreamAsync(options, ready, clock, stop).ConfigureAwait(false);
                    break;
                case "syn-flood":
                    await SynFloodAsync(options, ready, clock, stop).ConfigureAwait(false);
                    break;
                case "udp-slow":
                    await UdpSlowAsync(options, ready, stop).ConfigureAwait(false);
                    break;
                case "udp-burst":
                    await UdpBurstAsync(options, ready, clock, stop).ConfigureAwait(false);
                    break;
                case "dns":
                    await new DnsServer(options, clock).RunAsync(ready, stop).ConfigureAwait(false);
                    break;
                default:
                    if (!Modes.Any(known => known.Mode == mode))
                        throw new LabException($"there is no mode '{mode}'; known: {string.Join(", ", Modes.Select(known => known.Mode))}", isUsage: true);
                    await AcceptAsync(mode, options, ready, clock, stop).ConfigureAwait(false);
                    break;
            }
        }
        catch (SocketException exception)
        {
            throw new LabException($"{mode}: {exception.Message}");
        }
    }

    private static async Task AcceptAsync(string mode, ServeOptions options, Action ready, TimeProvider clock, CancellationToken stop)
    {
        Socket[] listeners = Listen(options);
        ready();
        await Task.WhenAll(listeners.Select(async listener =>
        {
            var behaviour = new Behaviour(mode, options, clock);
            while (true)
            {
                Socket connection = await listener.AcceptAsync(stop).ConfigureAwait(false);
                _ = behaviour.ServeAsync(connection, stop);
            }
        })).ConfigureAwait(false);
    }

    private static async Task NoAcceptAsync(ServeOptions options, Action ready, CancellationToken stop)
    {
        Socket[] listeners = Listen(options);
        var held = new List<Socket>();
        if (options.Has("fill"))
        {
            foreach (IPEndPoint end in options.Listen)
            {
                // The queue holds one more than the backlog (sk_acceptq_is_full).
                for (int i = 0; i <= options.Number("backlog", DefaultBacklog); i++)
                {
                    IPAddress address = end.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : end.Address;
                    var client = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    await client.ConnectAsync(new IPEndPoint(address, end.Port), stop).ConfigureAwait(false);
                    held.Add(client);
                }
            }
        }

        ready();
        await WaitAsync(stop).ConfigureAwait(false);
        GC.KeepAlive(held);
        GC.KeepAlive(listeners);
    }

    private static void AcceptErrors(ServeOptions options, Action ready, CancellationToken stop)
    {
        Socket[] listeners = Listen(options);
        listeners[0].Blocking = false;
        FailToAccept(listeners[0], stop); // loads what failing needs while there are descriptors to load it
        ready();
        var held = new List<IDisposable>();
        try
        {
            while (true)
                held.Add(File.OpenHandle("/dev/null"));
        }
        catch (IOException) // EMFILE: that is what we are for
        {
        }

        listeners[0].Blocking = true;
        while (!stop.IsCancellationRequested)
            FailToAccept(listeners[0], stop);
        GC.KeepAlive(held);
    }

    private static void FailToAccept(Socket listener, CancellationToken stop)
    {
        try
        {
            listener.Accept().Dispose();
        }
        catch (SocketException)
        {
            stop.WaitHandle.WaitOne(millisecondsTimeout: 20);
        }
    }

    private static async Task HoldAsync(ServeOptions options, Action ready, CancellationToken stop)
    {
        var held = new List<Socket>();
        foreach (IPEndPoint end in options.To)
        {
            for (int i = 0; i < options.Number("count", 1); i++)
            {
                var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(TimeSpan.FromSeconds(1));
                try
                {
                    await socket.ConnectAsync(end, limit.Token).ConfigureAwait(false);
                    held.Add(socket);
                    if (options.Number("size", 0) is > 0 and var size)
                        _ = socket.SendAsync(new byte[size], SocketFlags.None, stop).AsTask();
                }
                catch (Exception exception) when (exception is SocketException or OperationCanceledException && !stop.IsCancellationRequested)
                {
                    socket.Dispose();
                    break; // nothing more to be had: the ports, the descriptors or the table are exhausted
                }
            }
        }

        if (held.Count == 0)
            throw new LabException("hold: no connection came about");
        ready();
        await WaitAsync(stop).ConfigureAwait(false);
        GC.KeepAlive(held);
    }

    private static async Task StreamAsync(ServeOptions options, Action ready, TimeProvider clock, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (options.Number("buffer", 0) is > 0 and var buffer)
            socket.SendBufferSize = buffer;
        await socket.ConnectAsync(options.To.First(), stop).ConfigureAwait(false);
        byte[] data = new byte[options.Number("size", 65_536)];
        ready();
        while (true)
        {
            await socket.SendAsync(data, SocketFlags.None, stop).ConfigureAwait(false);
            if (options.Has("seconds"))
                await Task.Delay(options.Seconds("seconds", 0), clock, stop).ConfigureAwait(false);
        }
    }

    private static async Task SynFloodAsync(ServeOptions options, Action ready, TimeProvider clock, CancellationToken stop)
    {
        const int LongestBurst = 16;
        byte[] source = IPAddress.Parse(options.Text("source", "192.0.2.0")).GetAddressBytes();
        int count = options.Number("count", 200);
        TimeSpan pause = options.Seconds("seconds", 1) / Math.Max(1, count / LongestBurst);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        byte[] packet = new byte[CraftedPacket.MaxSize];
        ready();
        foreach (IPEndPoint end in options.To)
        {
            for (int i = 0; i < count; i++)
            {
                source[3] = (byte)(1 + (i % 250));
                int size = CraftedPacket.WriteSyn(packet, new IPAddress(source), end.Address, (ushort)(1024 + (i % 60_000)), (ushort)end.Port);
                await socket.SendToAsync(packet.AsMemory(0, size), SocketFlags.None, end, stop).ConfigureAwait(false);
                if (i % LongestBurst == LongestBurst - 1)
                    await Task.Delay(pause, clock, stop).ConfigureAwait(false);
            }
        }

        await WaitAsync(stop).ConfigureAwait(false);
    }

    private static async Task UdpSlowAsync(ServeOptions options, Action ready, CancellationToken stop)
    {
        Socket[] sockets = [.. options.Listen.Select(end =>
        {
            var socket = new Socket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(end);
            return socket;
        })];
        ready();
        await WaitAsync(stop).ConfigureAwait(false);
        GC.KeepAlive(sockets);
    }

    private static async Task UdpBurstAsync(ServeOptions options, Action ready, TimeProvider clock, CancellationToken stop)
    {
        const int LongestBurst = 16;
        int count = options.Number("count", 1000);
        TimeSpan pause = options.Seconds("seconds", 1) / Math.Max(1, count / LongestBurst);
        byte[] data = new byte[Math.Min(options.Number("size", 400), 1400)];
        ready();
        foreach (IPEndPoint end in options.To)
        {
            using var socket = new Socket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            for (int i = 0; i < count; i++)
            {
                await socket.SendToAsync(data, SocketFlags.None, end, stop).ConfigureAwait(false);
                if (i % LongestBurst == LongestBurst - 1)
                    await Task.Delay(pause, clock, stop).ConfigureAwait(false);
            }
        }

        await WaitAsync(stop).ConfigureAwait(false);
    }

    private static Socket[] Listen(ServeOptions options)
    {
        Socket[] listeners = [.. options.Listen.Select(end =>
        {
            var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (end.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = end.Address.Equals(IPAddress.IPv6Any);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (options.Number("buffer", 0) is > 0 and var buffer)
                socket.ReceiveBufferSize = buffer; // the connections inherit it
            socket.Bind(end);
            socket.Listen(options.Number("backlog", DefaultBacklog));
            return socket;
        })];
        return listeners.Length > 0 ? listeners : throw new LabException("say where: --listen ADDRESS:PORT", isUsage: true);
    }

    private static Task WaitAsync(CancellationToken stop) => Task.Delay(Timeout.Infinite, stop);
}
