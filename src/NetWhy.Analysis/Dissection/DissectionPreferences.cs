namespace NetWhy.Analysis.Dissection;

/// <summary>How packets are analysed. Source: Wireshark's preferences of the same names; what is not said is as Wireshark has it.</summary>
public sealed record DissectionPreferences
{
    /// <summary>Whether sequence numbers of TCP are counted from the first one of their direction (<c>tcp.relative_sequence_numbers</c>).</summary>
    public bool HasRelativeSequenceNumbers { get; init; } = true;

    /// <summary>Whether TCP is analysed (<c>tcp.analyze_sequence_numbers</c>).</summary>
    public bool AnalyzesSequenceNumbers { get; init; } = true;

    /// <summary>Whether messages are put together that lie in several segments (<c>tcp.desegment_tcp_streams</c>).</summary>
    public bool JoinsSegments { get; init; } = true;

    /// <summary>Whether octets that wait for their acknowledgment are counted (<c>tcp.track_bytes_in_flight</c>).</summary>
    public bool CountsBytesInFlight { get; init; } = true;

    /// <summary>Whether the time since other segments of the conversation is told (<c>tcp.calculate_timestamps</c>).</summary>
    public bool TellsTimes { get; init; } = true;

    /// <summary>Whether tunnels are looked into that have no port, or no type, of Wireshark's, by their shape.</summary>
    public bool LooksIntoTunnels { get; init; }

    /// <summary>Whether the checksum of IPv4 headers is computed (<c>ip.check_checksum</c>): where a sender is captured, its card may do that later.</summary>
    public bool ChecksIpv4 { get; init; }

    /// <summary>Whether the checksum of TCP is computed (<c>tcp.check_checksum</c>); segments where it is wrong are not put together.</summary>
    public bool ChecksTcp { get; init; }

    /// <summary>Whether the checksum of UDP is computed (<c>udp.check_checksum</c>).</summary>
    public bool ChecksUdp { get; init; }

    /// <summary>A key log of TLS, which packets are decrypted with (<c>tls.keylog_file</c>, as it was read).</summary>
    public ReadOnlyMemory<byte> KeyLog { get; init; }

    /// <summary>What streams of TCP carry, by port, where that is not what is usual.</summary>
    internal IReadOnlyDictionary<int, StreamProtocol> Ports { get; init; } = new Dictionary<int, StreamProtocol>();

    /// <summary>These, with ports of TCP that carry something else than usual (<c>-d</c> of tshark).</summary>
    /// <param name="first">The first port.</param>
    /// <param name="last">The last port.</param>
    /// <param name="protocol">What they carry: <c>http</c>, <c>http2</c>, <c>tls</c> or <c>dns</c>.</param>
    /// <returns>Null if there is no such protocol here.</returns>
    public DissectionPreferences? WithPorts(int first, int last, string protocol)
    {
        StreamProtocol? carried = protocol switch
        {
            "http" => StreamProtocol.Http,
            "http2" => StreamProtocol.Http2,
            "tls" or "ssl" => StreamProtocol.Tls,
            "dns" => StreamProtocol.Dns,
            _ => null,
        };
        if (carried is not { } known)
            return null;
        var ports = new Dictionary<int, StreamProtocol>(Ports);
        for (int port = Math.Max(first, 0); port <= Math.Min(last, ushort.MaxValue); port++)
            ports[port] = known;
        return this with { Ports = ports };
    }

    /// <summary>These, with one preference as the command line gives it.</summary>
    /// <param name="name">Its name, such as <c>tcp.relative_sequence_numbers</c>.</param>
    /// <param name="value">Its value: <c>TRUE</c>, in any letters; anything else means no.</param>
    /// <returns>Null if there is no such preference here.</returns>
    public DissectionPreferences? With(string name, string value)
    {
        bool isOn = string.Equals(value, "TRUE", StringComparison.OrdinalIgnoreCase);
        return name switch
        {
            "tcp.relative_sequence_numbers" => this with { HasRelativeSequenceNumbers = isOn },
            "tcp.analyze_sequence_numbers" => this with { AnalyzesSequenceNumbers = isOn },
            "tcp.desegment_tcp_streams" => this with { JoinsSegments = isOn },
            "tcp.track_bytes_in_flight" => this with { CountsBytesInFlight = isOn },
            "tcp.calculate_timestamps" => this with { TellsTimes = isOn },
            "ip.check_checksum" => this with { ChecksIpv4 = isOn },
            "tcp.check_checksum" => this with { ChecksTcp = isOn },
            "udp.check_checksum" => this with { ChecksUdp = isOn },
            _ => null,
        };
    }
}
