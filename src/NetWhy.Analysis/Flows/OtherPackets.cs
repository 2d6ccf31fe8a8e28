using System.Net;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Analysis.Flows;

/// <summary>What is counted of packets that are not TCP.</summary>
internal sealed class OtherPackets
{
    internal FragmentTable Fragments { get; } = new();

    internal UdpConversations UdpConversations { get; } = new();

    internal NameServerTable NameServers { get; } = new();

    internal RefusalTable Refusals { get; } = new();

    internal NeighbourTable Neighbours { get; } = new();

    internal TrafficPairs Pairs { get; } = new();

    /// <summary>The first packet with a segment of TCP in a tunnel that Wireshark does not open.</summary>
    internal uint FirstTunnelled { get; set; } = uint.MaxValue;
}

/// <summary>Between whom packets go, and which way. How many pairs are kept is bounded: what is not known is not there.</summary>
internal sealed class TrafficPairs
{
    private const int Most = 1 << 16;

    private readonly HashSet<(AddressNumber From, AddressNumber To)> _pairs = [];
    private readonly HashSet<AddressNumber> _reached = [];
    private (AddressNumber From, AddressNumber To) _last;
    private (AddressNumber From, AddressNumber To) _before;

    /// <summary>Notes a packet.</summary>
    /// <param name="from">Who sent it.</param>
    /// <param name="to">Whom to.</param>
    internal void Add(in AddressNumber from, in AddressNumber to)
    {
        (AddressNumber From, AddressNumber To) pair = (from, to);
        if (pair == _last || pair == _before)
            return;
        (_last, _before) = (pair, _last);
        if (_pairs.Count >= Most || !_pairs.Add(pair))
            return;
        _reached.Add(to);
    }

    /// <summary>Whether packets go from one to the other.</summary>
    /// <param name="from">Who would send them.</param>
    /// <param name="to">Whom to.</param>
    internal bool Has(in AddressNumber from, in AddressNumber to) => _pairs.Contains((from, to));

    /// <summary>Whether packets of anybody go to an address.</summary>
    /// <param name="to">The address.</param>
    internal bool Reaches(in AddressNumber to) => _reached.Contains(to);

    /// <summary>Notes that something came to an address, whoever sent it.</summary>
    /// <param name="to">The address.</param>
    internal void Reach(in AddressNumber to) => _reached.Add(to);
}

/// <summary>Counts UDP conversations by their ends.</summary>
internal sealed class UdpConversations
{
    private const int Most = 1 << 20; // about 20 MB

    private readonly ulong _key = (ulong)Random.Shared.NextInt64();
    private HashSet<ulong> _known = [];
    private ulong _last;

    /// <summary>How many there are; those that were forgotten to bound memory count again.</summary>
    internal long Count { get; private set; }

    /// <summary>Counts the conversation of two ends if it is new.</summary>
    /// <param name="source">Who sent.</param>
    /// <param name="destination">Whom to.</param>
    internal void Add(in TcpEndpoint source, in TcpEndpoint destination)
    {
        // The same for both directions.
        ulong hash = Hash(source) + Hash(destination);
        if (hash == _last && Count > 0)
            return;
        _last = hash;
        if (_known.Count >= Most)
            _known = [];
        if (_known.Add(hash))
            Count++;
    }

    private ulong Hash(in TcpEndpoint end)
    {
        const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 over the golden ratio
        ulong hash = _key ^ end.Address.Low ^ (end.Address.High * Odd);
        hash = (hash ^ (hash >> 32)) * Odd;
        hash = (hash ^ (hash >> 29) ^ end.Port) * Odd;
        return hash ^ (hash >> 32);
    }
}

/// <summary>ICMP errors about what is not TCP.</summary>
internal sealed class RefusalTable
{
    private const int Most = 4096;

    private readonly Dictionary<(AddressNumber Source, TcpEndpoint Destination, byte Protocol, ErrorMessage Error), (TcpEndpoint Source, uint Packet, long Count)> _refusals = [];

    /// <summary>What they are, the first one first.</summary>
    internal IReadOnlyList<CapturedRefusal> All =>
    [
        .. _refusals.OrderBy(refusal => refusal.Value.Packet).Select(refusal => new CapturedRefusal(
            EndText.Of(refusal.Value.Source), EndText.Of(refusal.Key.Destination), NameOf(refusal.Key.Protocol), refusal.Key.Error.ToError(), refusal.Value.Packet, refusal.Value.Count)),
    ];

    /// <summary>Counts an error.</summary>
    /// <param name="source">Who sent the packet that is quoted.</param>
    /// <param name="destination">Where it was to go.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="error">The error.</param>
    /// <param name="packet">The packet with the error.</param>
    internal void Add(in TcpEndpoint source, in TcpEndpoint destination, byte protocol, in ErrorMessage error, uint packet)
    {
        // Not by the port it came from: many programs take a new one for each datagram.
        var key = (source.Address, destination, protocol, error);
        if (_refusals.TryGetValue(key, out (TcpEndpoint Source, uint Packet, long Count) known))
            _refusals[key] = known with { Count = known.Count + 1 };
        else if (_refusals.Count < Most)
            _refusals.Add(key, (source, packet, 1));
    }

    private static string NameOf(byte protocol) => protocol switch
    {
        1 => "icmp",
        17 => "udp",
        58 => "icmpv6",
        _ => protocol.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>Who was asked for by ARP.</summary>
internal sealed class NeighbourTable
{
    private const int Most = 4096;
    private const int MostAddresses = 4;

    private readonly Dictionary<uint, Neighbour> _neighbours = [];

    private sealed class Neighbour
    {
        internal long Requests { get; set; }

        internal long Replies { get; set; }

        internal uint Asker { get; set; }

        internal uint FirstPacket { get; set; }

        internal long Conflicts { get; set; }

        internal ulong LastAnswer { get; set; } // the hardware address; 0 before the first

        internal bool IsAnswered { get; set; } // since the last request

        internal List<ulong> Addresses { get; } = [];
    }

    /// <summary>Those that were asked for, in order.</summary>
    internal IReadOnlyList<CapturedNeighbour> All =>
    [
        .. _neighbours.Where(neighbour => neighbour.Value.Requests > 0 || neighbour.Value.Addresses.Count > 1).OrderBy(neighbour => neighbour.Value.FirstPacket).Select(neighbour =>
            new CapturedNeighbour(AddressOf(neighbour.Key), neighbour.Value.Requests, neighbour.Value.Replies)
            {
                Asker = neighbour.Value.Asker == 0 ? null : AddressOf(neighbour.Value.Asker),
                FirstPacket = neighbour.Value.FirstPacket,
                Conflicts = neighbour.Value.Conflicts,
                HardwareAddresses = [.. neighbour.Value.Addresses.Select(address => new MacAddress((ushort)(address >> 32), (uint)address).ToString())],
            }),
    ];

    /// <summary>Who had an answer.</summary>
    internal IEnumerable<uint> Answered => _neighbours.Values.Where(neighbour => neighbour is { Replies: > 0, Asker: not 0 }).Select(neighbour => neighbour.Asker);

    /// <summary>Reads a packet of ARP.</summary>
    /// <param name="octets">The packet.</param>
    /// <param name="frame">Its number.</param>
    internal void Read(ReadOnlySpan<byte> octets, uint frame)
    {
        const int Size = 28, Request = 1, Reply = 2;
        const ulong Ipv4OverEthernet = 0x0001_0800_0604;
        if (octets.Length < Size || (System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(octets) >> 16) != Ipv4OverEthernet)
            return;
        ushort operation = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(octets[6..]);
        uint sender = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets[14..]);
        uint target = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets[24..]);
        bool isAnnouncement = sender == target;
        if (operation == Request && !isAnnouncement && sender != 0) // from nobody it is a probe for a duplicate: silence is well
        {
            if (Find(target, frame) is not { } asked)
                return;
            asked.IsAnswered = false;
            if (asked.Requests++ == 0)
            {
                asked.Asker = sender;
                asked.FirstPacket = frame;
            }
        }
        else if ((operation == Reply || isAnnouncement) && sender != 0 && Find(sender, frame) is { } answering)
        {
            answering.Replies += operation == Reply ? 1 : 0;
            ulong address = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(octets[6..]) & 0xffff_ffff_ffff;
            bool isAnother = answering.LastAnswer != 0 && answering.LastAnswer != address;
            if (isAnother && (answering.Addresses.Contains(address) || (answering.IsAnswered && !isAnnouncement)))
                answering.Conflicts++;
            answering.LastAnswer = address;
            answering.IsAnswered |= !isAnnouncement;
            if (answering.Addresses.Count < MostAddresses && !answering.Addresses.Contains(address))
                answering.Addresses.Add(address);
        }
    }

    private Neighbour? Find(uint target, uint frame)
    {
        if (_neighbours.TryGetValue(target, out Neighbour? neighbour))
            return neighbour;
        if (_neighbours.Count >= Most)
            return null;
        neighbour = new Neighbour { FirstPacket = frame };
        _neighbours.Add(target, neighbour);
        return neighbour;
    }

    private static IPAddress AddressOf(uint address) => new(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(address));
}
