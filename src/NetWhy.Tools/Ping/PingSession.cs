using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Tools.Ping;

/// <summary>A socket that is ready to ping, and how it came to be so.</summary>
internal sealed class PingSession : IDisposable
{
    private const int WrongUsage = 2;
    private const int LevelIP = 0; // IPPROTO_IP
    private const int OptionSpace = 40; // octets that the options of an IPv4 header take

    private readonly PingOptions _options;
    private readonly IToolHost _host;

    private PingSession(PingOptions options, IToolHost host, EchoSocket socket, string name, IPAddress destination)
    {
        _options = options;
        _host = host;
        Socket = socket;
        Name = name;
        Destination = Shown = destination;
        Source = IsV6 ? options.Source6 : options.Source4;
    }

    /// <summary>The socket.</summary>
    internal EchoSocket Socket { get; }

    /// <summary>The target's name, as the summary shows it.</summary>
    internal string Name { get; }

    /// <summary>The target's address.</summary>
    internal IPAddress Destination { get; private set; }

    /// <summary>The target's address as it was meant, before a zone was added to it.</summary>
    internal IPAddress Shown { get; private set; }

    /// <summary>Address of this machine to send from.</summary>
    internal IPAddress Source { get; private set; }

    /// <summary>Whether it is IPv6.</summary>
    internal bool IsV6 => Socket.Socket.Family is AddressFamily.InterNetworkV6;

    /// <summary>Whether more than one may answer.</summary>
    internal bool IsForMany => _options.AllowsBroadcast && !IsV6 || IsMulticast(Destination);

    /// <summary>Octets of options in the IPv4 header.</summary>
    internal int OptionSize => !IsV6 && (_options.RecordsRoute || _options.Timestamp is not TimestampOption.None) ? OptionSpace : 0;

    /// <summary>Opens one to the first address of the target that there is a route to.</summary>
    /// <param name="options">How.</param>
    /// <param name="host">What it may touch.</param>
    /// <exception cref="OriginalRefusal">There is none, or the kernel refuses.</exception>
    internal static PingSession Open(PingOptions options, IToolHost host)
    {
        string target = options.Hosts[^1];
        ResolvedName resolved = Resolve(target, options.Family, out bool isLiteral);
        for (int i = 0; ; i++)
        {
            IPAddress address = resolved.Addresses[i];
            PingSession session = new(options, host, OpenSocket(options, host, address.AddressFamily), isLiteral ? target : resolved.CanonicalName ?? target, address);
            try
            {
                if (options.IsVerbose && !options.IsJson)
                    session.SayKind(resolved.CanonicalName ?? target);
                if (session.TryPrepare(isLast: i == resolved.Addresses.Count - 1))
                    return session;
            }
            catch (OriginalRefusal)
            {
                session.Dispose();
                throw;
            }

            session.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static bool IsMulticast(IPAddress address) => address.AddressFamily is AddressFamily.InterNetworkV6
        ? address.IsIPv6Multicast
        : (address.GetAddressBytes()[0] & 0xf0) == 0xe0;

    private static ResolvedName Resolve(string target, AddressFamily? family, out bool isLiteral)
    {
        // What is an address needs no resolver, whose libraries cost a start more than the answer takes.
        isLiteral = IPAddress.TryParse(target, out IPAddress? literal) && !target.AsSpan().ContainsAny('%', ' ', '[');
        ResolvedName resolved = isLiteral ? new ResolvedName([literal!], target, null) : SystemNames.Resolve(target, family: 0, socketType: (int)SocketType.Dgram);
        if (resolved.Failure is { } failure)
            throw new OriginalRefusal(WrongUsage, $"{target}: {failure}");
        IPAddress[] meant = [.. resolved.Addresses.Where(one => family is null || one.AddressFamily == family)];
        isLiteral |= target.Contains(':', StringComparison.Ordinal);
        return meant.Length > 0
            ? resolved with { Addresses = meant }
            : throw new OriginalRefusal(WrongUsage, $"{target}: {SystemNames.NoAddressOfFamily}");
    }

    private static EchoSocket OpenSocket(PingOptions options, IToolHost host, AddressFamily family)
    {
        if (options is { Identifier: 0, IsJson: false })
            host.Note("ping: WARNING: ident 0 => forcing raw socket");
        Errno refusal = options.Identifier is { } identifier
            ? EchoSocket.Open(family, identifier, out EchoSocket? socket)
            : EchoSocket.Open(family, out socket);
        if (socket is not null)
            return socket;
        string why = refusal is Errno.EPERM or Errno.EACCES
            ? $": neither ping sockets (net.ipv4.ping_group_range is {GroupRange()}) nor raw ones (CAP_NET_RAW) are allowed to this user; "
                + "run it as root, or as root: sysctl -w net.ipv4.ping_group_range='0 2147483647'"
            : "";
        throw new OriginalRefusal(WrongUsage, $"socket: {LinuxException.Describe(refusal)}{why}");
    }

    private static string GroupRange()
    {
        try
        {
            return $"'{File.ReadAllText("/proc/sys/net/ipv4/ping_group_range").Trim().Replace('\t', ' ')}'";
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    private void SayKind(string canonicalName)
    {
        _host.Note(Socket.IsRaw
            ? "ping: socktype: SOCK_RAW"
            : "ping: socktype: SOCK_DGRAM; redirects and replies with a wrong checksum reach raw sockets only (CAP_NET_RAW)");
        _host.Output.Write(System.Text.Encoding.UTF8.GetBytes($"ai->ai_family: {(IsV6 ? "AF_INET6" : "AF_INET")}, ai->ai_canonname: '{canonicalName}'\n"));
    }

    // False if there is no route, and another address is left to try.
    private bool TryPrepare(bool isLast)
    {
        if (!TryFindSource(isLast))
            return false;
        if (Destination.Equals(IPAddress.Any) || Destination.Equals(IPAddress.IPv6Any))
            (Destination, Shown) = (Source, IsV6 ? Shown : Source); // as the original shows it
        LinuxSocket socket = Socket.Socket;
        Socket.HearOwnKindsOnly();
        if (MtuDiscovery() is { } discovery)
            Require(socket.SetMtuDiscovery(discovery), "IP_MTU_DISCOVER");
        if (_options.KeepsSource)
            Require(socket.Bind(Source, _options.Identifier ?? 0), IsV6 ? "bind icmp socket" : "bind");
        if (!IsV6)
            SetHeaderOptions();
        SetBuffers();
        SetRest();
        if (_options.Connects)
            Require(socket.Connect(Destination, 0), "connect failed");
        return true;
    }

    // The kernel is asked by a socket for datagrams, which sends nothing: a ping socket keeps its own choice per packet.
    private bool TryFindSource(bool isLast)
    {
        if (_options.Device is { } device)
            BindTo(Socket.Socket, device);
        bool isOfLink = IsV6 && (Destination.IsIPv6LinkLocal || (Destination.IsIPv6Multicast && (Destination.GetAddressBytes()[1] & 0xf) <= 2));
        if (isOfLink && Destination.ScopeId == 0 && _options.Device is { } zone && InterfaceIndex.Of(zone) is { } index)
            Destination = new IPAddress(Destination.GetAddressBytes(), index);
        if (isOfLink && Destination.ScopeId == 0 && !Socket.IsRaw)
            _host.Note("ping: Warning: IPv6 link-local address on ICMP datagram socket may require ifname or scope-id => use: address%<ifname|scope-id>");
        if (Source.Equals(IsV6 ? IPAddress.IPv6Any : IPAddress.Any))
        {
            if (!isOfLink && !TryAsk(isLast))
                return false;
            WarnOfOtherDevice();
        }

        return true;
    }

    private bool TryAsk(bool isLast)
    {
        const int AnyPort = 1025;
        Require(LinuxSocket.Open(Socket.Socket.Family, SocketKind.Udp, out LinuxSocket? probe), "socket");
        using (probe)
        {
            if (_options.Device is { } device)
                BindTo(probe!, device);
            if (_options.TypeOfService != 0)
                probe!.SetTypeOfService(_options.TypeOfService);
            SetMark(probe!);
            Errno errno = probe!.Connect(Destination, AnyPort);
            if (errno is Errno.EACCES && !IsV6)
            {
                if (!_options.AllowsBroadcast)
                    throw new OriginalRefusal(WrongUsage, "Do you want to ping broadcast? Then -b. If not, check your local firewall rules");
                _host.Note("WARNING: pinging broadcast address");
                SetBroadcast(probe);
                errno = probe.Connect(Destination, AnyPort);
            }

            if (errno is Errno.EHOSTUNREACH or Errno.ENETUNREACH && !isLast)
                return false;
            Require(errno, "connect");
            Source = probe.LocalEndpoint.Address;
        }

        return true;
    }

    private void WarnOfOtherDevice()
    {
        if (_options.Device is not { } device)
            return;
        using RouteNetlink netlink = RouteNetlink.Open();
        uint? index = InterfaceIndex.Of(device);
        IPAddress[] own = [.. netlink.Addresses().Where(one => one.Header.Index == index).Select(one => one.Address)];
        byte[] source = Source.GetAddressBytes();
        if (!own.Any(one => one.GetAddressBytes().AsSpan().SequenceEqual(source)))
            _host.Note($"ping: Warning: source address might be selected on device other than: {device}");
        else if (!IsV6 && Source.Equals(Destination))
            Socket.Socket.BindToDevice(""); // to itself, a machine sends by lo
    }

    private static void BindTo(LinuxSocket socket, string device) => Require(socket.BindToDevice(device), $"SO_BINDTODEVICE {device}");

    private MtuDiscovery? MtuDiscovery()
    {
        if (!IsForMany)
            return _options.MtuDiscovery;
        if (Privileges.User != 0)
        {
            if (_options.Interval < TimeSpan.FromSeconds(1))
                throw new OriginalRefusal(WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{(IsV6 ? "multicast" : "broadcast")} ping with too short interval: {(int)_options.Interval.TotalMilliseconds}"));
            if (_options.MtuDiscovery is not (null or Linux.MtuDiscovery.Do))
                throw new OriginalRefusal(WrongUsage, $"{(IsV6 ? "multicast" : "broadcast")} ping does not fragment");
        }

        return _options.MtuDiscovery ?? Linux.MtuDiscovery.Do;
    }

    private void SetHeaderOptions()
    {
        const int ReturnOptions = 7; // IP_RETOPTS
        if (_options.RecordsRoute)
            Require(SetHeader(RecordRoute()), "record route");
        if (_options.Timestamp is not TimestampOption.None)
            Require(SetHeader(Timestamps()), "ts option");
        if (!Socket.IsRaw && OptionSize > 0)
            Socket.Socket.SetOption(LevelIP, ReturnOptions, 1);
    }

    private Errno SetHeader(ReadOnlySpan<byte> options) => Socket.Socket.SetOption(LevelIP, 4 /* IP_OPTIONS */, options);

    // A no-operation, and the largest route that fits: nine addresses.
    private static byte[] RecordRoute()
    {
        byte[] options = new byte[OptionSpace];
        options[0] = 1;
        options[1] = Ipv4Option.RecordRoute;
        options[2] = OptionSpace - 1;
        options[3] = 4;
        return options;
    }

    private byte[] Timestamps()
    {
        const int PairSize = 8;
        IPAddress[] hosts = _options.Timestamp is TimestampOption.OfHosts
            ? [.. _options.Hosts.SkipLast(1).Select(host => Resolve(host, AddressFamily.InterNetwork, out _).Addresses[0])]
            : [];
        byte[] options = new byte[_options.Timestamp switch
        {
            TimestampOption.TimesOnly => 40,
            TimestampOption.WithAddresses => 36,
            _ => 4 + PairSize * hosts.Length,
        }];
        options[0] = Ipv4Option.Timestamp;
        options[1] = (byte)options.Length;
        options[2] = 5;
        options[3] = (byte)_options.Timestamp;
        for (int i = 0; i < hosts.Length; i++)
            _ = hosts[i].TryWriteBytes(options.AsSpan(4 + i * PairSize), out _);
        return options;
    }

    private void SetBuffers()
    {
        const int SendBuffer = 7, ReceiveBuffer = 8; // SO_SNDBUF, SO_RCVBUF
        const int HeadersOfPiece = 20 + 16 + 64 + 160, PieceSize = 512; // what the kernel accounts for, roughly
        long message = (long)_options.Size + IcmpHeader.Size;
        long packet = message + (message + PieceSize - 1) / PieceSize * (OptionSize + HeadersOfPiece);
        LinuxSocket socket = Socket.Socket;
        socket.SetSocketOption(SendBuffer, _options.SendBuffer ?? (int)Math.Min(packet, int.MaxValue));
        long wanted = packet * _options.Preload;
        if (wanted > (socket.GetOption(1, ReceiveBuffer) ?? 0) / 2)
            socket.SetReceiveBuffer((int)Math.Min(wanted, int.MaxValue));
    }

    private void SetRest()
    {
        const int Debug = 1, DontRoute = 5; // SO_DEBUG, SO_DONTROUTE
        LinuxSocket socket = Socket.Socket;
        if (_options.TypeOfService != 0)
            Require(socket.SetTypeOfService(_options.TypeOfService), IsV6 ? "setsockopt(IPV6_TCLASS)" : "setsockopt(IP_TOS)");
        if (_options.AllowsBroadcast && !IsV6)
            SetBroadcast(socket);
        if (_options.SuppressesLoop)
            Require(socket.SetOptionOfFamily(34 /* IP_MULTICAST_LOOP */, 19 /* IPV6_MULTICAST_LOOP */, 0), IsV6 ? "can't disable multicast loopback" : "cannot disable multicast loopback");
        if (_options.Ttl is { } ttl)
        {
            Require(socket.SetOptionOfFamily(33 /* IP_MULTICAST_TTL */, 18 /* IPV6_MULTICAST_HOPS */, ttl), IsV6 ? "can't set multicast hop limit" : "cannot set multicast time-to-live");
            Require(socket.SetTtl(ttl), IsV6 ? "can't set unicast hop limit" : "cannot set unicast time-to-live");
        }

        if (_options.FlowLabel is { } label && IsV6)
        {
            const int IPv6 = 41, SendFlowInfo = 33; // IPPROTO_IPV6, IPV6_FLOWINFO_SEND
            Require(socket.TakeFlowLabel(Destination, label), "can't set flowlabel");
            Require(socket.SetOption(IPv6, SendFlowInfo, 1), "can't send flowinfo");
        }

        if (_options.Debugs)
            socket.SetSocketOption(Debug, 1);
        if (_options.BypassesRoutes)
            socket.SetSocketOption(DontRoute, 1);
        SetMark(socket);
    }

    private static void SetBroadcast(LinuxSocket socket) =>
        Require(socket.SetSocketOption(6 /* SO_BROADCAST */, 1), "cannot set broadcasting");

    private void SetMark(LinuxSocket socket)
    {
        if (_options.Mark is { } mark && socket.SetMark((int)mark) is not Errno.OK and var refusal && socket == Socket.Socket)
            _host.Note($"ping: WARNING: failed to set mark: {mark}: {LinuxException.Describe(refusal)}");
    }

    private static void Require(Errno errno, string what)
    {
        if (errno is not Errno.OK)
            throw new OriginalRefusal(WrongUsage, $"{what}: {LinuxException.Describe(errno)}");
    }
}
