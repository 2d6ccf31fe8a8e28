using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetWhy.Lab.Servers;

/// <summary>A DNS server that answers from its command line and misbehaves as told.</summary>
/// <remarks>Format of messages: RFC 1035, section 4.</remarks>
/// <param name="options">Its records and faults.</param>
/// <param name="clock">The time, for delays.</param>
internal sealed class DnsServer(ServeOptions options, TimeProvider clock)
{
    private const int HeaderSize = 12;
    private const int TypeA = 1;
    private const int TypeAaaa = 28;
    private const int Nxdomain = 3;
    private const int Guesses = 5;

    private readonly Dictionary<string, IPAddress[]> _records = options.All("record")
        .Select(record => record.Split('=', 2))
        .ToDictionary(parts => parts[0].TrimEnd('.'), ReadAddresses, StringComparer.OrdinalIgnoreCase);

    private readonly int _rcode = options.Text("rcode", "") switch
    {
        "" => -1,
        "formerr" => 1,
        "servfail" => 2,
        "nxdomain" => Nxdomain,
        "notimp" => 4,
        "refused" => 5,
        var other => throw new LabException($"--rcode '{other}' is unknown: formerr, servfail, nxdomain, notimp, refused", isUsage: true),
    };

    private readonly IPAddress? _forged = IPAddress.TryParse(options.Text("forge", options.Text("guess", "")), out IPAddress? forged) ? forged : null;
    private readonly string _drop = options.Text("drop", "");
    private readonly TimeSpan _delay = options.Seconds("delay", 0);

    /// <summary>Serves until cancelled.</summary>
    /// <param name="ready">Called when the sockets are bound.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action ready, CancellationToken stop)
    {
        var work = new List<Task>();
        foreach (IPEndPoint end in options.Listen)
        {
            if (!options.Has("tcp-only"))
            {
                var udp = new Socket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                udp.Bind(end);
                work.Add(ServeUdpAsync(udp, stop));
            }

            if (!options.Has("no-tcp"))
            {
                var tcp = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                tcp.Bind(end);
                tcp.Listen();
                work.Add(ServeTcpAsync(tcp, stop));
            }
        }

        if (work.Count == 0)
            throw new LabException("say where: --listen ADDRESS:53", isUsage: true);
        ready();
        await Task.WhenAll(work).ConfigureAwait(false);
    }

    /// <summary>Writes the answer to a query.</summary>
    /// <param name="query">The query as received.</param>
    /// <param name="isUdp">Whether it came over UDP.</param>
    /// <param name="forged">The address to give in place of the records; null for the records.</param>
    /// <returns>Null if there is to be none.</returns>
    internal byte[]? Answer(ReadOnlySpan<byte> query, bool isUdp, IPAddress? forged = null)
    {
        if (ReadQuestion(query) is not var (name, type, questionEnd))
            return null;

        bool hasEdns = BinaryPrimitives.ReadUInt16BigEndian(query[10..]) > 0;
        bool isDropped = _drop switch
        {
            "all" => true,
            "aaaa" => type == TypeAaaa,
            "edns" => hasEdns,
            "udp" => isUdp,
            _ => false,
        };
        if (isDropped)
            return null;

        bool isTruncated = isUdp && options.Has("truncate");
        IPAddress[]? addresses = forged is null ? null : [forged];
        bool isKnown = forged is not null || _records.TryGetValue(name, out addresses) || _records.TryGetValue("*", out addresses);
        IPAddress[] matching = isKnown && _rcode < 0 && !isTruncated
            ? [.. addresses!.Where(address => type == (address.AddressFamily == AddressFamily.InterNetwork ? TypeA : TypeAaaa))]
            : [];
        int rcode = _rcode >= 0 ? _rcode : isKnown ? 0 : Nxdomain;

        var answer = new List<byte>(512);
        answer.AddRange(query[..questionEnd]);
        if (options.Has("wrong-id"))
            answer[0] ^= 0x55;
        answer[2] = (byte)(0x80 | (query[2] & 0x79) | (isTruncated ? 0x02 : 0)); // QR, opcode and RD as asked, TC
        answer[3] = (byte)(0x80 | rcode); // RA
        answer[6] = 0;
        answer[7] = (byte)matching.Length;
        answer[8] = answer[9] = answer[10] = answer[11] = 0;
        foreach (IPAddress address in matching)
        {
            byte[] octets = address.GetAddressBytes();
            answer.AddRange([0xc0, HeaderSize, 0, (byte)type, 0, 1, 0, 0, 0, 60, 0, (byte)octets.Length, .. octets]);
        }

        return [.. answer];
    }

    private static IPAddress[] ReadAddresses(string[] parts) =>
        [.. (parts.Length > 1 ? parts[1] : "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text =>
            IPAddress.TryParse(text, out IPAddress? address)
                ? address
                : throw new LabException($"--record: '{text}' is no address; write NAME=ADDRESS[,ADDRESS]", isUsage: true))];

    private static (string Name, int Type, int End)? ReadQuestion(ReadOnlySpan<byte> query)
    {
        if (query.Length < HeaderSize)
            return null;

        var name = new StringBuilder();
        int at = HeaderSize;
        while (at < query.Length && query[at] != 0)
        {
            int length = query[at];
            if (length > 63 || at + 1 + length >= query.Length)
                return null;
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.ASCII.GetString(query.Slice(at + 1, length)));
            at += 1 + length;
        }

        return at + 5 <= query.Length
            ? (name.ToString(), BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]), at + 5)
            : null;
    }

    private async Task ServeUdpAsync(Socket socket, CancellationToken stop)
    {
        byte[] buffer = new byte[65_536];
        Socket sender = socket;
        if (options.Text("source", "") is { Length: > 0 } source)
        {
            sender = new Socket(socket.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            sender.Bind(new IPEndPoint(IPAddress.Parse(source), ((IPEndPoint)socket.LocalEndPoint!).Port));
        }

        while (true)
        {
            var anybody = new IPEndPoint(
                socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
            SocketReceiveFromResult received;
            try
            {
                received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anybody, stop).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                continue; // an ICMP error for an earlier answer: that client is gone
            }

            byte[] query = buffer[..received.ReceivedBytes];
            if (_forged is not null)
                await ForgeAsync(sender, query, received.RemoteEndPoint, stop).ConfigureAwait(false);
            _ = AnswerLaterAsync(sender, Answer(query, isUdp: true), received.RemoteEndPoint, stop);
        }
    }

    // As somebody does who sees the query (--forge), or who only knows that there is one (--guess).
    private async Task ForgeAsync(Socket socket, byte[] query, EndPoint client, CancellationToken stop)
    {
        int copies = options.Has("guess") ? Guesses : 1;
        for (int i = 0; i < copies; i++)
        {
            if (Answer(query, isUdp: true, _forged) is not { } answer)
                return;
            if (options.Has("guess"))
                BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(answer) + 1 + i));
            await socket.SendToAsync(answer, SocketFlags.None, client, stop).ConfigureAwait(false);
        }
    }

    private async Task AnswerLaterAsync(Socket socket, byte[]? answer, EndPoint client, CancellationToken stop)
    {
        if (answer is null)
            return;

        await Task.Delay(_delay, clock, stop).ConfigureAwait(false);
        await socket.SendToAsync(answer, SocketFlags.None, client, stop).ConfigureAwait(false);
    }

    private async Task ServeTcpAsync(Socket listener, CancellationToken stop)
    {
        while (true)
        {
            Socket connection = await listener.AcceptAsync(stop).ConfigureAwait(false);
            _ = ServeConnectionAsync(connection, stop);
        }
    }

    private async Task ServeConnectionAsync(Socket connection, CancellationToken stop)
    {
        using (connection)
        {
            try
            {
                byte[] length = new byte[2];
                while (await ReadExactlyAsync(connection, length, stop).ConfigureAwait(false))
                {
                    byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                    if (!await ReadExactlyAsync(connection, query, stop).ConfigureAwait(false))
                        return;

                    await Task.Delay(_delay, clock, stop).ConfigureAwait(false);
                    if (Answer(query, isUdp: false) is not { } answer)
                        continue;
                    byte[] message = [(byte)(answer.Length >> 8), (byte)answer.Length, .. answer];
                    await Behaviour.SendAsync(connection, message, stop).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The client went away; so do we.
            }
        }
    }

    private static async Task<bool> ReadExactlyAsync(Socket connection, byte[] buffer, CancellationToken stop)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await connection.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, stop).ConfigureAwait(false);
            if (read == 0)
                return false;
            length += read;
        }

        return true;
    }
}
