using System.Globalization;
using System.Net;
using NetWhy.Analysis.Fields;
using NetWhy.Wire;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>One end of a conversation.</summary>
/// <param name="Address">Its address, as a number.</param>
/// <param name="Octets">Octets of the address: 4, 6 or 16.</param>
/// <param name="Port">Its port; 0 where there are none.</param>
internal readonly record struct ConversationEnd(AddressNumber Address, byte Octets, ushort Port)
{
    private const int LongestAddress = 16;

    /// <summary>The address as text.</summary>
    internal string AddressText
    {
        get
        {
            Span<byte> octets = stackalloc byte[LongestAddress];
            Address.Write(octets);
            ReadOnlySpan<byte> address = octets[(LongestAddress - Octets)..];
            return Octets == 6 ? string.Join(':', address.ToArray().Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture))) : new IPAddress(address).ToString();
        }
    }

    /// <summary>Address and port as text, an address of IPv6 in brackets.</summary>
    internal string BracketedText => Octets == LongestAddress ? string.Create(CultureInfo.InvariantCulture, $"[{AddressText}]:{Port}") : PortText;

    /// <summary>Address and port as text.</summary>
    internal string PortText => string.Create(CultureInfo.InvariantCulture, $"{AddressText}:{Port}");
}

/// <summary>What ends of conversations are counted by.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Title">Its name in the heading.</param>
/// <param name="Layer">The protocol.</param>
internal sealed record EndKind(string Name, string Title, string Layer)
{
    private static readonly EndKind[] All =
    [
        new("tcp", "TCP", "tcp"), new("udp", "UDP", "udp"), new("ip", "IPv4", "ip"), new("ipv6", "IPv6", "ipv6"), new("eth", "Ethernet", "eth"),
    ];

    private static readonly Field Ipv4Source = FieldCatalog.Default["ip.src"], Ipv4Destination = FieldCatalog.Default["ip.dst"], Ipv6Source = FieldCatalog.Default["ipv6.src"], Ipv6Destination = FieldCatalog.Default["ipv6.dst"];
    private static readonly Field MacSource = FieldCatalog.Default["eth.src"], MacDestination = FieldCatalog.Default["eth.dst"];
    private static readonly Field SegmentsLeft = FieldCatalog.Default["ipv6.routing.segleft"], SourceRoute = FieldCatalog.Default["ipv6.routing.src.addr"], HomeAddress = FieldCatalog.Default["ipv6.routing.mipv6.home_address"], HomeOption = FieldCatalog.Default["ipv6.opt.mipv6.home_address"];
    private static readonly Field Icmp = FieldCatalog.Default["icmp"], Icmp6 = FieldCatalog.Default["icmpv6"];

    /// <summary>Whether ends have ports.</summary>
    internal bool HasPorts => Layer is "tcp" or "udp";

    private Field SourcePort { get; } = FieldCatalog.Default[Layer is "udp" ? "udp.srcport" : "tcp.srcport"];

    private Field DestinationPort { get; } = FieldCatalog.Default[Layer is "udp" ? "udp.dstport" : "tcp.dstport"];

    /// <summary>What ends are counted by, by name; null if that is none.</summary>
    /// <param name="name">The name.</param>
    internal static EndKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>Asks for the fields that tell the ends.</summary>
    /// <param name="fields">Where to ask.</param>
    internal void Want(PacketFields fields)
    {
        Field[] wanted = Layer switch
        {
            "eth" => [MacSource, MacDestination],
            "ip" => [Ipv4Source, Ipv4Destination],
            "ipv6" => [Ipv6Source, Ipv6Destination],
            _ => [Ipv4Source, Ipv4Destination, Ipv6Source, Ipv6Destination, SegmentsLeft, SourceRoute, HomeAddress, HomeOption, SourcePort, DestinationPort],
        };
        fields.Want(wanted);
        fields.Want(Icmp); // what an error quotes is no packet of its own
        fields.Want(Icmp6);
    }

    /// <summary>Finds the ends of a packet; of a tunnel, each pair of them.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="found">Filled with each pair: who sent, whom to.</param>
    internal void Find(in DissectedPacket packet, List<(ConversationEnd Source, ConversationEnd Destination)> found)
    {
        found.Clear();
        ConversationEnd source = default;
        ushort port = 0;
        ConversationEnd destination = default;
        bool isOnRoute = false; // whom it is for is the last one of the route
        foreach (ref readonly FieldValue value in packet.Values)
        {
            int field = value.FieldIndex;
            if (field == Icmp.Index || field == Icmp6.Index)
                return;
            if (field == Ipv4Source.Index || field == Ipv6Source.Index || field == MacSource.Index)
                source = EndOf(packet, value);
            else if (field == Ipv4Destination.Index || field == Ipv6Destination.Index || field == MacDestination.Index)
                destination = EndOf(packet, value);
            else if (field == SegmentsLeft.Index)
                isOnRoute = value.Number > 0;
            else if ((field == SourceRoute.Index || field == HomeAddress.Index) && isOnRoute && HasPorts)
                destination = EndOf(packet, value);
            else if (field == HomeOption.Index && HasPorts)
                source = EndOf(packet, value);
            else if (field == SourcePort.Index)
                port = (ushort)value.Number;
            bool isLast = Layer switch
            {
                "eth" => field == MacSource.Index, // the destination comes first
                "ip" => field == Ipv4Destination.Index,
                "ipv6" => field == Ipv6Destination.Index,
                _ => field == DestinationPort.Index,
            };
            if (isLast)
                found.Add((source with { Port = port }, destination with { Port = HasPorts ? (ushort)value.Number : (ushort)0 }));
        }
    }

    private static ConversationEnd EndOf(in DissectedPacket packet, in FieldValue value)
    {
        if (value.FieldIndex == Ipv4Source.Index || value.FieldIndex == Ipv4Destination.Index)
            return new ConversationEnd(value.Number, 4, 0);
        ReadOnlySpan<byte> octets = packet.OctetsOf(value);
        return new ConversationEnd(AddressNumber.Read(octets), (byte)octets.Length, 0);
    }

}
