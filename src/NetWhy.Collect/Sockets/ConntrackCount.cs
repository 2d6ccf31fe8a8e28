using System.Globalization;
using NetWhy.Evidence;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>Counts tracked connections by what they are and who began them; keeps none of them.</summary>
/// <param name="establishedTimeout">Lifetime of an established TCP entry without packets, in seconds; null if unknown.</param>
internal sealed class ConntrackCount(long? establishedTimeout)
{
    private const int MostKeys = 50_000; // a scan has no end of sources; those that matter come early and often
    private const int MostSources = 10;
    private const int MostDestinations = 8;
    private const int Idle = 3600; // seconds

    private readonly Dictionary<byte, long> _protocols = [];
    private readonly Dictionary<string, long> _states = [];
    private readonly Dictionary<(AddressNumber, bool), (long All, long Unreplied)> _sources = [];
    private readonly Dictionary<(byte Protocol, AddressNumber Source, AddressNumber Destination, int Port, bool IsIPv6), long> _translated = [];
    private long _counted;
    private long _unreplied;
    private long _idle;

    /// <summary>Counts one.</summary>
    /// <param name="entry">The connection.</param>
    internal void Add(in ConntrackEntry entry)
    {
        _counted++;
        ConntrackTuple original = entry.Original;
        _protocols[original.Protocol] = _protocols.GetValueOrDefault(original.Protocol) + 1;
        if (!entry.IsReplied)
            _unreplied++;
        if (entry.TcpState is { } state)
        {
            _states[state] = _states.GetValueOrDefault(state) + 1;
            if (state is "established" && entry.Timeout is { } left && establishedTimeout - left >= Idle)
                _idle++;
        }

        (AddressNumber, bool) source = (original.Source, original.IsIPv6);
        if (_sources.TryGetValue(source, out (long All, long Unreplied) begun) || _sources.Count < MostKeys)
            _sources[source] = (begun.All + 1, begun.Unreplied + (entry.IsReplied ? 0 : 1));
        if (!entry.IsSourceTranslated)
            return;

        // What the answers are sent to is what the source was translated to.
        ConntrackTuple reply = entry.Reply;
        (byte, AddressNumber, AddressNumber, int, bool) destination = (reply.Protocol, reply.Destination, reply.Source, reply.SourcePort, reply.IsIPv6);
        if (_translated.TryGetValue(destination, out long inUse) || _translated.Count < MostKeys)
            _translated[destination] = inUse + 1;
    }

    /// <summary>What was counted.</summary>
    /// <param name="isWhole">Whether those were all.</param>
    internal ConntrackCensus Result(bool isWhole) => new(_counted, isWhole)
    {
        Protocols = _protocols.OrderByDescending(pair => pair.Value).Take(MostSources).ToDictionary(pair => NameOf(pair.Key), pair => pair.Value),
        TcpStates = _states,
        Unreplied = _unreplied,
        IdleEstablished = establishedTimeout is null ? null : _idle,
        Sources =
        [
            .. _sources.OrderByDescending(pair => pair.Value.All).Take(MostSources).Select(pair => new ConntrackSource(
                ConntrackTuple.AddressOf(pair.Key.Item1, pair.Key.Item2), pair.Value.All, pair.Value.Unreplied)),
        ],
        Translated =
        [
            .. _translated.OrderByDescending(pair => pair.Value).Take(MostDestinations).Select(pair => new TranslatedPorts(
                NameOf(pair.Key.Protocol),
                ConntrackTuple.AddressOf(pair.Key.Source, pair.Key.IsIPv6),
                ConntrackTuple.AddressOf(pair.Key.Destination, pair.Key.IsIPv6),
                pair.Key.Port,
                pair.Value)),
        ],
    };

    private static string NameOf(byte protocol) => protocol switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        132 => "sctp",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };
}
