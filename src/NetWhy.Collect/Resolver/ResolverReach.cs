using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Resolver;

/// <summary>
/// Whether a name server that is silent about a name is there at all: a question that it can answer by itself, an echo
/// and a TCP connection.
/// </summary>
internal static class ResolverReach
{
    private const string Purpose = "resolver";
    private const int HeaderSize = 8; // ICMP echo
    private const int Requests = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Asks all three at once and reports what comes.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static Task CheckAsync(ProbeContext context, IPAddress server, CancellationToken enough) =>
        Task.WhenAll(GreetAsync(context, server, enough), CheckHostAsync(context, server, enough));

    /// <summary>Tries an echo and a TCP connection and reports what comes.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static Task CheckHostAsync(ProbeContext context, IPAddress server, CancellationToken enough) =>
        Task.WhenAll(ConnectAsync(context, server, enough), EchoAsync(context, server, enough));

    /// <summary>Asks the server for its version and reports what comes.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static async Task<DnsExchange> GreetAsync(
        ProbeContext context, IPAddress server, CancellationToken enough)
    {
        DnsReply reply = await DnsQuestions.Ask(
            server,
            DnsQuestionOptions.GreetingName,
            [DnsRecordType.TXT],
            DnsQuestionOptions.Greeting,
            context.Clock,
            enough)[0];
        return context.Report(reply.Exchange);
    }

    private static async Task ConnectAsync(ProbeContext context, IPAddress server, CancellationToken enough)
    {
        long begin = context.Clock.GetTimestamp();
        Errno errno = LinuxSocket.Open(server.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
        {
            context.ReportNotObserved($"TCP port 53 of {server}", $"socket: {errno}");
            return;
        }

        using (socket)
        {
            socket.AbortOnClose();
            errno = socket.Connect(server, DnsQuestions.Port);
            if (errno is Errno.EINPROGRESS)
            {
                PollEvents events = await socket.WaitAsync(PollEvents.Write, Patience, enough);
                errno = events is PollEvents.None ? Errno.ETIMEDOUT : socket.TakeError();
            }

            context.Report(new ConnectAttempt(
                server,
                DnsQuestions.Port,
                Purpose,
                errno switch
                {
                    Errno.OK => ConnectOutcome.Connected,
                    Errno.ETIMEDOUT => ConnectOutcome.TimedOut,
                    _ => ConnectOutcome.Failed,
                },
                context.Clock.GetElapsedTime(begin))
            {
                Errno = errno is Errno.OK or Errno.ETIMEDOUT ? null : errno.ToString(),
                FailedCall = errno is Errno.OK or Errno.ETIMEDOUT ? null : "connect",
                Source = socket.LocalEndpoint.Address,
                SourcePort = socket.LocalEndpoint.Port,
                Icmp = socket.ReceiveError(out QueuedError error) is Errno.OK && error.IsIcmp
                    ? new IcmpError(error.Type, error.Code, error.Offender, LocalAddresses.IsOwn(error.Offender))
                    : null,
            });
        }
    }

    private static async Task EchoAsync(ProbeContext context, IPAddress server, CancellationToken enough)
    {
        Errno errno = LinuxSocket.Open(server.AddressFamily, SocketKind.Ping, out LinuxSocket? socket);
        bool isRaw = socket is null;
        if (isRaw)
            errno = LinuxSocket.Open(server.AddressFamily, SocketKind.RawIcmp, out socket);
        if (socket is null)
        {
            context.ReportNotObserved($"whether {server} answers echo", $"needs CAP_NET_RAW ({errno})");
            return;
        }

        using (socket)
            context.Report(await EchoAsync(context, socket, server, isRaw, enough));
    }

    private static async Task<EchoSeries> EchoAsync(
        ProbeContext context, LinuxSocket socket, IPAddress server, bool isRaw, CancellationToken enough)
    {
        ushort id = (ushort)Environment.ProcessId;
        byte[] buffer = new byte[512];
        List<IcmpError> errors = [];
        HashSet<ushort> received = [];
        var sentAt = new TimeSpan[Requests];
        TimeSpan? shortest = null;
        string? refusal = null;
        long begin = context.Clock.GetTimestamp();
        int sent = 0;
        while (received.Count < Requests && context.Clock.GetElapsedTime(begin) < Patience)
        {
            TimeSpan now = context.Clock.GetElapsedTime(begin);
            if (sent < Requests && now >= Interval * sent)
            {
                sentAt[sent] = now;
                Errno errno = socket.SendTo(EchoRequest(server.AddressFamily, id, (ushort)sent), server, 0);
                sent++;
                if (errno is not Errno.OK)
                {
                    refusal = errno.ToString();
                    break;
                }
            }

            TimeSpan next = sent < Requests ? Interval * sent : Patience;
            await socket.WaitAsync(PollEvents.Read, next - now, enough);
            while (socket.ReceiveError(out QueuedError error) is Errno.OK)
            {
                if (error.IsIcmp)
                    errors.Add(new IcmpError(error.Type, error.Code, error.Offender, LocalAddresses.IsOwn(error.Offender)));
            }

            while (socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram) is Errno.OK)
            {
                if (!datagram.Source.Equals(server)
                    || ReadReply(buffer.AsSpan(0, datagram.Length), server.AddressFamily, isRaw, id) is not { } number
                    || number >= sent
                    || !received.Add(number))
                {
                    continue;
                }

                TimeSpan roundTrip = context.Clock.GetElapsedTime(begin) - sentAt[number];
                shortest = shortest < roundTrip ? shortest : roundTrip;
            }
        }

        return new EchoSeries(server, Purpose, HeaderSize + IPHeaderSize(server.AddressFamily), sent, received.Count)
        {
            MinRoundTrip = shortest,
            Errors = [.. errors.Distinct()],
            Errno = refusal,
            Waited = context.Clock.GetElapsedTime(begin) - sentAt[Math.Max(0, sent - 1)],
        };
    }

    private static int IPHeaderSize(AddressFamily family) => family is AddressFamily.InterNetworkV6 ? 40 : 20;

    // Source: RFC 792, "Echo"; RFC 4443, section 4.1, whose checksum the kernel fills in.
    private static byte[] EchoRequest(AddressFamily family, ushort id, ushort number)
    {
        byte[] request = new byte[HeaderSize];
        bool isIPv6 = family is AddressFamily.InterNetworkV6;
        request[0] = isIPv6 ? (byte)128 : (byte)8;
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), id);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), number);
        if (!isIPv6)
        {
            int sum = (request[0] << 8) + id + number;
            sum = (sum & 0xffff) + (sum >> 16);
            sum = (sum & 0xffff) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), (ushort)~sum);
        }

        return request;
    }

    // The sequence number of an echo reply of ours; null for anything else.
    private static ushort? ReadReply(ReadOnlySpan<byte> octets, AddressFamily family, bool isRaw, ushort id)
    {
        bool isIPv6 = family is AddressFamily.InterNetworkV6;
        if (isRaw && !isIPv6)
        {
            // A raw IPv4 socket hands over the IP header too.
            int headerSize = octets.IsEmpty ? 0 : (octets[0] & 0xf) * 4;
            if (octets.Length < headerSize)
                return null;
            octets = octets[headerSize..];
        }

        return octets.Length >= HeaderSize
            && octets[0] == (isIPv6 ? 129 : 0)
            && (!isRaw || BinaryPrimitives.ReadUInt16BigEndian(octets[4..]) == id) // a ping socket has an id of its own
                ? BinaryPrimitives.ReadUInt16BigEndian(octets[6..])
                : null;
    }
}
