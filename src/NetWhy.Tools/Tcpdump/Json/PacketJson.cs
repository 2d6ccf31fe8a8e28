using System.Buffers;
using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes what the views find in a packet: a member for each header, tunnels within.</summary>
/// <remarks>
/// A header that is cut short or broken has the member <c>"broken"</c>, and what is behind it is not read. Lists of what a packet
/// may hold in any number are bounded.
/// </remarks>
internal sealed class PacketJson
{
    private readonly Utf8JsonWriter _json;
    private readonly InterfaceNames _interfaces;
    private readonly PacketText _scratch = new();
    private readonly LinkJson _link;
    private readonly NetworkJson _network;
    private readonly TransportJson _transport;

    /// <summary>Makes a writer.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="interfaces">Names of interfaces.</param>
    internal PacketJson(Utf8JsonWriter json, InterfaceNames interfaces)
    {
        _json = json;
        _interfaces = interfaces;
        _link = new LinkJson(json);
        _network = new NetworkJson(json, _scratch);
        _transport = new TransportJson(json, _scratch);
    }

    /// <summary>Writes the members of a packet.</summary>
    /// <param name="linkType">What it begins with.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="originalLength">What it was long.</param>
    internal void Write(LinkType linkType, ReadOnlySpan<byte> octets, uint originalLength)
    {
        WriteSummary(linkType, octets, originalLength);
        WriteLayers(new LayerWalk(linkType, octets, originalLength), quotes: 0);
    }

    // The members that most ask for, of the outermost headers, in the object of the packet itself.
    private void WriteSummary(LinkType linkType, ReadOnlySpan<byte> octets, uint originalLength)
    {
        bool hasVlan = false;
        foreach (Layer layer in new LayerWalk(linkType, octets, originalLength))
        {
            if (layer.Depth > 0)
                return;
            ReadOnlySpan<byte> header = octets.Slice(layer.Offset, layer.Captured);
            switch (layer.Kind)
            {
                case LayerKind.Ethernet when EthernetFrame.Read(header, out EthernetFrame frame) is OperationStatus.Done:
                    _json.WriteMac("sourceMac"u8, frame.Source);
                    _json.WriteMac("destinationMac"u8, frame.Destination);
                    break;
                case LayerKind.LinuxCooked2 when LinuxCookedFrame.Read2(header, out LinuxCookedFrame cooked) is OperationStatus.Done:
                    if (cooked.InterfaceIndex is { } index && _interfaces.Of((uint)index) is { } device)
                        _json.WriteString("device"u8, device);
                    break;
                case LayerKind.Vlan when !hasVlan && header.Length >= VlanTag.Size:
                    hasVlan = true;
                    _json.WriteNumber("vlan"u8, (header[0] << 8 | header[1]) & 0xfff);
                    break;
                case LayerKind.Ipv4 when Ipv4Packet.Read(header, out Ipv4Packet ipv4) is OperationStatus.Done:
                    WriteEnds(ipv4.SourceOctets, ipv4.DestinationOctets, ipv4.TimeToLive, ipv4.Protocol);
                    break;
                case LayerKind.Ipv6 when Ipv6Packet.Read(header, out Ipv6Packet ipv6) is OperationStatus.Done:
                    WriteEnds(ipv6.SourceOctets, ipv6.DestinationOctets, ipv6.HopLimit, ipv6.Protocol);
                    break;
                case LayerKind.Tcp or LayerKind.Udp or LayerKind.Sctp when TransportPorts.Read(header, out TransportPorts ports) is OperationStatus.Done:
                    _json.WriteNumber("sourcePort"u8, ports.Source);
                    _json.WriteNumber("destinationPort"u8, ports.Destination);
                    break;
                case LayerKind.Icmp or LayerKind.IcmpV6 when header.Length >= 2:
                    _json.WriteNumber("icmpType"u8, header[0]);
                    _json.WriteNumber("icmpCode"u8, header[1]);
                    break;
            }
        }
    }

    private void WriteEnds(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte timeToLive, IPProtocol protocol)
    {
        _json.WriteAddress("source"u8, source, _scratch);
        _json.WriteAddress("destination"u8, destination, _scratch);
        _json.WriteNumber("timeToLive"u8, timeToLive);
        _json.WriteNumber("protocol"u8, (byte)protocol);
    }

    private void WriteLayers(LayerWalk walk, int quotes)
    {
        int depth = 0, open = 0;
        LayerKind list = LayerKind.None;
        ulong written = 0;
        NetworkEnds ends = default;
        Layer before = default;
        while (walk.MoveNext())
        {
            Layer layer = walk.Current;
            if (list is not LayerKind.None && layer.Kind != list)
            {
                _json.WriteEndArray();
                list = LayerKind.None;
            }

            // What is in a tunnel, or comes a second time, is an object of its own: names are unique.
            ulong mark = 1UL << (int)layer.Kind;
            if (layer.Depth > depth || (list is LayerKind.None && (written & mark) != 0))
            {
                _json.WriteStartObject("tunnel"u8);
                depth = layer.Depth;
                open++;
                written = 0;
            }

            written |= mark;
            if (layer.Kind is LayerKind.Vlan or LayerKind.Mpls or LayerKind.Ipv6Extension)
            {
                if (list is LayerKind.None)
                    _json.WriteStartArray(layer.Kind switch { LayerKind.Vlan => "vlans"u8, LayerKind.Mpls => "mpls"u8, _ => "extensionHeaders"u8 });
                list = layer.Kind;
            }

            if (layer.Kind is LayerKind.Ipv4 or LayerKind.Ipv6)
                ends = NetworkEnds.Of(walk.CurrentOctets, layer.Kind);
            Write(layer, before, walk.CurrentOctets, ends, quotes);
            before = layer;
        }

        if (list is not LayerKind.None)
            _json.WriteEndArray();
        for (; open > 0; open--)
            _json.WriteEndObject();
    }

    private void Write(in Layer layer, in Layer before, ReadOnlySpan<byte> octets, in NetworkEnds ends, int quotes)
    {
        switch (layer.Kind)
        {
            case LayerKind.Data:
                _transport.WriteData(before, octets);
                break;
            case LayerKind.FragmentData:
                break;
            case LayerKind.Arp or LayerKind.Ipv4 or LayerKind.Ipv6 or LayerKind.Ipv6Extension or LayerKind.Igmp:
                _network.Write(layer, octets);
                break;
            case LayerKind.Icmp or LayerKind.IcmpV6:
                WriteIcmp(layer, octets, ends, quotes);
                break;
            case LayerKind.Tcp or LayerKind.Udp or LayerKind.Sctp:
                _transport.Write(layer, octets, ends);
                break;
            default:
                _link.Write(layer, octets);
                break;
        }
    }

    private void WriteIcmp(in Layer layer, ReadOnlySpan<byte> octets, in NetworkEnds ends, int quotes)
    {
        const int MostQuotes = 1; // an error about an error must not be sent
        _json.WriteStartObject("icmp"u8);
        if (IcmpMessage.Read(octets, layer.Kind is LayerKind.IcmpV6, out IcmpMessage message) is OperationStatus.Done)
        {
            _network.WriteIcmp(message, octets, layer, ends);
            if (message.IsError && message.Body.Length > 0 && quotes < MostQuotes)
            {
                _json.WriteStartObject("quoted"u8);
                WriteLayers(new LayerWalk(LinkType.RawIP, message.Body, layer.Length - IcmpHeader.Size), quotes + 1);
                _json.WriteEndObject();
            }
        }
        else
        {
            _json.WriteBoolean("broken"u8, value: true);
        }

        _json.WriteEndObject();
    }
}

/// <summary>Between which addresses a packet goes: what the checksums of the layers above count.</summary>
internal readonly ref struct NetworkEnds
{
    /// <summary>Address of the sender.</summary>
    internal ReadOnlySpan<byte> Source { get; private init; }

    /// <summary>Address of the receiver.</summary>
    internal ReadOnlySpan<byte> Destination { get; private init; }

    /// <summary>Whether checksums can be told: the packet is whole, and its receiver is the one that the header names.</summary>
    internal bool AreFinal { get; private init; }

    /// <summary>Reads the ends of a packet.</summary>
    /// <param name="octets">The packet.</param>
    /// <param name="kind">IPv4 or IPv6.</param>
    internal static NetworkEnds Of(ReadOnlySpan<byte> octets, LayerKind kind)
    {
        if (kind is LayerKind.Ipv4 && Ipv4Packet.Read(octets, out Ipv4Packet ipv4) is OperationStatus.Done)
            return new NetworkEnds { Source = ipv4.SourceOctets, Destination = ipv4.DestinationOctets, AreFinal = !ipv4.IsFragment && ipv4.HeaderLength == Ipv4Header.Size };
        if (kind is not LayerKind.Ipv6 || Ipv6Packet.Read(octets, out Ipv6Packet ipv6) is not OperationStatus.Done)
            return default;

        bool isRouted = false;
        foreach (Ipv6Extension extension in ipv6.Extensions)
            isRouted |= extension.SegmentsLeft > 0;
        return new NetworkEnds { Source = ipv6.SourceOctets, Destination = ipv6.DestinationOctets, AreFinal = !ipv6.IsFragment && !isRouted };
    }

    /// <summary>Whether a checksum over the pseudo-header and a message is right; null if that cannot be told.</summary>
    /// <param name="protocol">The protocol of the message.</param>
    /// <param name="octets">What was captured of the message.</param>
    /// <param name="length">What it was long.</param>
    internal bool? IsChecksumRight(IPProtocol protocol, ReadOnlySpan<byte> octets, int length) =>
        !AreFinal || octets.Length != length || length > ushort.MaxValue
            ? null
            : InternetChecksum.Of(octets, InternetChecksum.Sum(Source) + InternetChecksum.Sum(Destination) + (byte)protocol + (uint)length) == 0;
}
