using System.Buffers;
using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes ARP, IP, ICMP and IGMP.</summary>
/// <param name="json">Where to.</param>
/// <param name="scratch">Room for text.</param>
internal sealed class NetworkJson(Utf8JsonWriter json, PacketText scratch)
{
    private const int MostAddresses = 64;

    /// <summary>Writes a header.</summary>
    /// <param name="layer">What it is.</param>
    /// <param name="octets">What was captured of it and behind it.</param>
    internal void Write(in Layer layer, ReadOnlySpan<byte> octets)
    {
        switch (layer.Kind)
        {
            case LayerKind.Arp:
                json.WriteStartObject("arp"u8);
                break;
            case LayerKind.Ipv4:
                json.WriteStartObject("ipv4"u8);
                break;
            case LayerKind.Ipv6:
                json.WriteStartObject("ipv6"u8);
                break;
            case LayerKind.Igmp:
                json.WriteStartObject("igmp"u8);
                break;
            default:
                json.WriteStartObject();
                break;
        }

        bool isWritten = layer.Status is OperationStatus.Done && layer.Kind switch
        {
            LayerKind.Arp => WriteArp(octets),
            LayerKind.Ipv4 => WriteIpv4(octets),
            LayerKind.Ipv6 => WriteIpv6(octets),
            LayerKind.Igmp => WriteMembership(octets, isV6: false),
            _ => WriteExtension((IPProtocol)layer.Number, octets, layer.Length),
        };
        json.WriteIfTrue("broken"u8, !isWritten);
        json.WriteEndObject();
    }

    /// <summary>Writes the members of an ICMP message, without what it quotes.</summary>
    /// <param name="message">The message.</param>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="layer">The layer that it is.</param>
    /// <param name="ends">Between whom.</param>
    internal void WriteIcmp(IcmpMessage message, ReadOnlySpan<byte> octets, in Layer layer, in NetworkEnds ends)
    {
        json.WriteNumber("type"u8, message.Type);
        json.WriteNumber("code"u8, message.Code);
        json.WriteNumber("checksum"u8, message.Checksum);
        bool? isRight = message.IsV6 ? ends.IsChecksumRight(IPProtocol.IcmpV6, octets, layer.Length)
            : layer.IsFragment || octets.Length != layer.Length ? null
            : InternetChecksum.Of(octets) == 0;
        if (isRight is { } right)
            json.WriteBoolean("checksumRight"u8, right);
        if (message.IsEcho)
        {
            json.WriteNumber("identifier"u8, message.Identifier);
            json.WriteNumber("sequenceNumber"u8, message.SequenceNumber);
        }

        json.WriteIfAny("nextHopMtu"u8, message.NextHopMtu);
        json.WriteIfAny("pointer"u8, message.Pointer);
        if (message.Gateway is { } gateway)
            json.WriteAddress("gateway"u8, (UInt32BigEndian)gateway, scratch);
        if (message.IsV6 && NeighbourDiscoveryMessage.Read(octets, out NeighbourDiscoveryMessage discovery) is OperationStatus.Done)
            WriteDiscovery(discovery);
        else if (message.IsV6)
            WriteMembership(octets, isV6: true);
    }

    private bool WriteArp(ReadOnlySpan<byte> octets)
    {
        if (ArpPacket.Read(octets, out ArpPacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("operation"u8, packet.Operation);
        json.WriteMac("senderHardwareAddress"u8, packet.SenderHardware);
        json.WriteAddress("senderAddress"u8, packet.SenderOctets, scratch);
        json.WriteMac("targetHardwareAddress"u8, packet.TargetHardware);
        json.WriteAddress("targetAddress"u8, packet.TargetOctets, scratch);
        return true;
    }

    private bool WriteIpv4(ReadOnlySpan<byte> octets)
    {
        if (Ipv4Packet.Read(octets, out Ipv4Packet packet) is not OperationStatus.Done)
            return false;
        json.WriteAddress("source"u8, packet.SourceOctets, scratch);
        json.WriteAddress("destination"u8, packet.DestinationOctets, scratch);
        json.WriteNumber("headerLength"u8, packet.HeaderLength);
        json.WriteNumber("dscp"u8, packet.Dscp);
        json.WriteNumber("ecn"u8, packet.Ecn);
        json.WriteNumber("totalLength"u8, packet.TotalLength);
        json.WriteNumber("identification"u8, packet.Identification);
        json.WriteBoolean("dontFragment"u8, packet.DontFragment);
        json.WriteBoolean("moreFragments"u8, packet.HasMoreFragments);
        json.WriteNumber("fragmentOffset"u8, packet.FragmentOffset);
        json.WriteNumber("timeToLive"u8, packet.TimeToLive);
        json.WriteNumber("protocol"u8, (byte)packet.Protocol);
        json.WriteNumber("checksum"u8, packet.Checksum);
        if (packet.IsChecksumRight is { } isRight)
            json.WriteBoolean("checksumRight"u8, isRight);
        if (packet.HeaderLength > Ipv4Header.Size)
            WriteOptions(packet.Options);
        return true;
    }

    private void WriteOptions(Ipv4Options options)
    {
        json.WriteStartArray("options"u8);
        while (options.MoveNext())
        {
            Ipv4Option option = options.Current;
            json.WriteStartObject();
            json.WriteNumber("kind"u8, option.Kind);
            json.WriteNumber("length"u8, option.Length);
            json.WriteHexadecimal("value"u8, option.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private bool WriteIpv6(ReadOnlySpan<byte> octets)
    {
        if (Ipv6Packet.Read(octets, out Ipv6Packet packet) is not OperationStatus.Done)
            return false;
        json.WriteAddress("source"u8, packet.SourceOctets, scratch);
        json.WriteAddress("destination"u8, packet.DestinationOctets, scratch);
        json.WriteNumber("dscp"u8, packet.Dscp);
        json.WriteNumber("ecn"u8, packet.Ecn);
        json.WriteNumber("flowLabel"u8, packet.FlowLabel);
        json.WriteNumber("payloadLength"u8, packet.Length);
        json.WriteNumber("nextHeader"u8, (byte)packet.NextHeader);
        json.WriteNumber("hopLimit"u8, packet.HopLimit);
        return true;
    }

    private bool WriteExtension(IPProtocol kind, ReadOnlySpan<byte> octets, int announced)
    {
        if (Ipv6Extension.Read(kind, octets, announced, out Ipv6Extension extension) is not OperationStatus.Done)
            return false;
        json.WriteNumber("header"u8, (byte)kind);
        json.WriteNumber("length"u8, extension.Length);
        json.WriteNumber("nextHeader"u8, (byte)extension.NextHeader);
        if (extension.IsFragment)
        {
            json.WriteNumber("fragmentOffset"u8, extension.FragmentOffset);
            json.WriteBoolean("moreFragments"u8, extension.HasMoreFragments);
            json.WriteNumber("identification"u8, extension.FragmentIdentification);
        }

        json.WriteIfAny("routingType"u8, extension.RoutingType);
        json.WriteIfAny("segmentsLeft"u8, extension.SegmentsLeft);
        json.WriteIfAny("securityParametersIndex"u8, extension.SecurityParametersIndex);
        if (kind is not (IPProtocol.HopByHopOptions or IPProtocol.DestinationOptions))
            return true;
        json.WriteStartArray("options"u8);
        int count = 0;
        foreach (TypeLengthValue option in extension.Options)
        {
            if (count++ == MostAddresses)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, option.Type);
            json.WriteNumber("length"u8, option.Length);
            json.WriteHexadecimal("value"u8, option.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    }

    private void WriteDiscovery(NeighbourDiscoveryMessage message)
    {
        json.WriteAddress("target"u8, message.Target, scratch);
        json.WriteAddress("redirectedDestination"u8, message.Destination, scratch);
        if (message.Type == NeighbourDiscoveryMessage.RouterAdvertisement)
        {
            json.WriteNumber("currentHopLimit"u8, message.CurrentHopLimit);
            json.WriteBoolean("managed"u8, message.IsManaged);
            json.WriteBoolean("otherConfiguration"u8, message.HasOtherConfiguration);
            json.WriteNumber("routerLifetime"u8, message.RouterLifetime);
        }
        else if (message.Type == NeighbourDiscoveryMessage.NeighbourAdvertisement)
        {
            json.WriteBoolean("router"u8, message.IsRouter);
            json.WriteBoolean("solicited"u8, message.IsSolicited);
            json.WriteBoolean("override"u8, message.IsOverride);
        }

        json.WriteStartArray("options"u8);
        int count = 0;
        foreach (NeighbourOption option in message.Options)
        {
            if (count++ == MostAddresses)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, option.Kind);
            json.WriteNumber("length"u8, option.Length);
            json.WriteIfAny("mtu"u8, option.Mtu);
            if (option.Kind is NeighbourOption.SourceLinkLayerAddress or NeighbourOption.TargetLinkLayerAddress)
                json.WriteMac("address"u8, System.Runtime.InteropServices.MemoryMarshal.Read<Wire.Link.MacAddress>(option.Value));
            if (option.PrefixLength is { } prefixLength)
            {
                json.WriteAddress("prefix"u8, option.Prefix, scratch);
                json.WriteNumber("prefixLength"u8, prefixLength);
                json.WriteBoolean("onLink"u8, option.IsOnLink);
                json.WriteBoolean("autonomous"u8, option.IsAutonomous);
                json.WriteNumber("validLifetime"u8, option.ValidLifetime);
                json.WriteNumber("preferredLifetime"u8, option.PreferredLifetime);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private bool WriteMembership(ReadOnlySpan<byte> octets, bool isV6)
    {
        if (GroupMembershipMessage.Read(octets, isV6, out GroupMembershipMessage message) is not OperationStatus.Done)
            return false;
        if (!isV6)
        {
            json.WriteNumber("type"u8, message.Type);
            json.WriteNumber("checksum"u8, message.Checksum);
        }

        json.WriteNumber("maximumResponseCode"u8, message.MaximumResponseCode);
        json.WriteAddress("group"u8, message.Group, scratch);
        if (!message.HasRecords)
            return true;
        json.WriteStartArray("records"u8);
        int count = 0;
        foreach (GroupRecord record in message.Records)
        {
            if (count++ == MostAddresses)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, record.Type);
            json.WriteAddress("group"u8, record.Group, scratch);
            json.WriteNumber("sourceCount"u8, record.SourceCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    }
}
