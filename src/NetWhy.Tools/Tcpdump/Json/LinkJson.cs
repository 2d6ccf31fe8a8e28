using System.Buffers;
using System.Text.Json;
using NetWhy.Wire;
using NetWhy.Wire.Link;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes the headers of links and tunnels.</summary>
/// <param name="json">Where to.</param>
internal sealed class LinkJson(Utf8JsonWriter json)
{
    private const int MostElements = 64;

    /// <summary>Writes a header.</summary>
    /// <param name="layer">What it is.</param>
    /// <param name="octets">What was captured of it and behind it.</param>
    internal void Write(in Layer layer, ReadOnlySpan<byte> octets)
    {
        if (layer.Kind is LayerKind.Vlan or LayerKind.Mpls)
            json.WriteStartObject();
        else
            json.WriteStartObject(NameOf(layer.Kind));
        if (layer.Status is not OperationStatus.Done || !TryWrite(layer.Kind, layer.Number, octets))
            json.WriteBoolean("broken"u8, value: true);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> NameOf(LayerKind kind) => kind switch
    {
        LayerKind.Ethernet => "ethernet"u8,
        LayerKind.LinuxCooked or LayerKind.LinuxCooked2 => "linuxCooked"u8,
        LayerKind.Loopback => "loopback"u8,
        LayerKind.Llc => "llc"u8,
        LayerKind.Pppoe => "pppoe"u8,
        LayerKind.Ppp => "ppp"u8,
        LayerKind.SpanningTree => "spanningTree"u8,
        LayerKind.Lldp => "lldp"u8,
        LayerKind.PseudowireControlWord => "controlWord"u8,
        LayerKind.Gre => "gre"u8,
        LayerKind.EtherIP => "etherIp"u8,
        LayerKind.EncapsulatingSecurityPayload => "esp"u8,
        LayerKind.Vxlan => "vxlan"u8,
        LayerKind.Geneve => "geneve"u8,
        _ => "unknown"u8,
    };

    private bool TryWrite(LayerKind kind, int number, ReadOnlySpan<byte> octets) => kind switch
    {
        LayerKind.Ethernet => WriteEthernet(octets),
        LayerKind.Vlan => WriteVlan(number, octets),
        LayerKind.LinuxCooked => LinuxCookedFrame.Read(octets, out LinuxCookedFrame cooked) is OperationStatus.Done && WriteCooked(cooked),
        LayerKind.LinuxCooked2 => LinuxCookedFrame.Read2(octets, out LinuxCookedFrame cooked) is OperationStatus.Done && WriteCooked(cooked),
        LayerKind.Loopback => WriteLoopback(octets),
        LayerKind.Llc => WriteLlc(octets),
        LayerKind.Pppoe => WritePppoe(octets),
        LayerKind.Ppp => WritePpp(octets),
        LayerKind.SpanningTree => WriteSpanningTree(octets),
        LayerKind.Lldp => WriteLldp(octets),
        LayerKind.Mpls => WriteMpls(octets),
        LayerKind.Gre => WriteGre(octets),
        LayerKind.EncapsulatingSecurityPayload => WriteSecurityPayload(octets),
        LayerKind.Vxlan => WriteVxlan(octets),
        LayerKind.Geneve => WriteGeneve(octets),
        _ => true,
    };

    private bool WriteEthernet(ReadOnlySpan<byte> octets)
    {
        if (EthernetFrame.Read(octets, out EthernetFrame frame) is not OperationStatus.Done)
            return false;
        json.WriteMac("destination"u8, frame.Destination);
        json.WriteMac("source"u8, frame.Source);
        if (frame.Length is { } length)
            json.WriteNumber("length"u8, length);
        else
            json.WriteNumber("type"u8, frame.TypeOrLength);
        return true;
    }

    private bool WriteVlan(int protocol, ReadOnlySpan<byte> octets)
    {
        var tag = new VlanTag((ushort)protocol, (ushort)(octets[0] << 8 | octets[1]));
        json.WriteNumber("id"u8, tag.Id);
        json.WriteNumber("priority"u8, tag.Priority);
        json.WriteBoolean("dropEligible"u8, tag.IsDropEligible);
        json.WriteNumber("protocol"u8, tag.Protocol);
        return true;
    }

    private bool WriteCooked(LinuxCookedFrame frame)
    {
        json.WriteNumber("packetType"u8, (int)frame.PacketType);
        json.WriteNumber("hardwareType"u8, frame.HardwareType);
        json.WriteNumber("protocol"u8, frame.Protocol);
        json.WriteIfAny("interfaceIndex"u8, frame.InterfaceIndex);
        if (frame.Source is { } source)
            json.WriteMac("source"u8, source);
        return true;
    }

    private bool WriteLoopback(ReadOnlySpan<byte> octets)
    {
        if (LoopbackFrame.Read(octets, out LoopbackFrame frame) is not OperationStatus.Done)
            return false;
        json.WriteNumber("family"u8, frame.Family);
        return true;
    }

    private bool WriteLlc(ReadOnlySpan<byte> octets)
    {
        if (LlcPacket.Read(octets, out LlcPacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("destinationServiceAccessPoint"u8, packet.DestinationServiceAccessPoint);
        json.WriteNumber("sourceServiceAccessPoint"u8, packet.SourceServiceAccessPoint);
        json.WriteNumber("control"u8, packet.Control);
        if (packet.Organization is { } organization)
        {
            json.WriteNumber("organization"u8, organization);
            json.WriteNumber("protocolId"u8, packet.ProtocolId);
        }

        return true;
    }

    private bool WritePppoe(ReadOnlySpan<byte> octets)
    {
        if (PppoePacket.Read(octets, out PppoePacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("code"u8, packet.Code);
        json.WriteNumber("sessionId"u8, packet.SessionId);
        json.WriteNumber("length"u8, packet.Length);
        return true;
    }

    private bool WritePpp(ReadOnlySpan<byte> octets)
    {
        if (PppFrame.Read(octets, out PppFrame frame) is not OperationStatus.Done)
            return false;
        json.WriteNumber("protocol"u8, frame.Protocol);
        return true;
    }

    private bool WriteSpanningTree(ReadOnlySpan<byte> octets)
    {
        if (SpanningTreeUnit.Read(octets, out SpanningTreeUnit unit) is not OperationStatus.Done)
            return false;
        json.WriteNumber("version"u8, unit.Version);
        json.WriteNumber("type"u8, unit.Type);
        json.WriteBoolean("topologyChange"u8, unit.IsTopologyChange);
        if (!unit.IsConfiguration)
            return true;
        json.WriteNumber("flags"u8, unit.Flags);
        WriteBridge("root"u8, unit.Root);
        json.WriteNumber("rootPathCost"u8, unit.RootPathCost);
        WriteBridge("bridge"u8, unit.Bridge);
        json.WriteNumber("port"u8, unit.Port);
        json.WriteNumber("messageAge"u8, unit.MessageAge / 256.0);
        json.WriteNumber("maximumAge"u8, unit.MaximumAge / 256.0);
        json.WriteNumber("helloTime"u8, unit.HelloTime / 256.0);
        json.WriteNumber("forwardDelay"u8, unit.ForwardDelay / 256.0);
        return true;
    }

    private void WriteBridge(ReadOnlySpan<byte> name, ulong id)
    {
        json.WriteStartObject(name);
        json.WriteNumber("priority"u8, id >> 48);
        json.WriteMac("address"u8, new MacAddress((ushort)(id >> 32), (uint)id));
        json.WriteEndObject();
    }

    private bool WriteLldp(ReadOnlySpan<byte> octets)
    {
        json.WriteStartArray("elements"u8);
        int count = 0;
        foreach (LldpElement element in new LldpElements(octets))
        {
            if (count++ == MostElements)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, element.Type);
            json.WriteNumber("length"u8, element.Length);
            json.WriteIfAny("seconds"u8, element.Seconds);
            json.WriteIfAny("subtype"u8, element.IdSubtype ?? element.OrganizationSubtype);
            json.WriteIfAny("organization"u8, element.OrganizationId);
            if (element.Type is LldpElement.PortDescription or LldpElement.SystemName or LldpElement.SystemDescription)
                json.WriteText("text"u8, element.Value);
            else if (!element.Id.IsEmpty)
                json.WriteHexadecimal("id"u8, element.Id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    }

    private bool WriteMpls(ReadOnlySpan<byte> octets)
    {
        if (MplsLabel.ReadStack(octets[..MplsLabel.Size], out ReadOnlySpan<MplsLabel> stack) is OperationStatus.InvalidData)
            return false;
        MplsLabel entry = stack[0];
        json.WriteNumber("label"u8, entry.Label);
        json.WriteNumber("trafficClass"u8, entry.TrafficClass);
        json.WriteBoolean("bottom"u8, entry.IsBottom);
        json.WriteNumber("timeToLive"u8, entry.TimeToLive);
        return true;
    }

    private bool WriteGre(ReadOnlySpan<byte> octets)
    {
        if (GrePacket.Read(octets, out GrePacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("version"u8, packet.Version);
        json.WriteNumber("type"u8, (int)packet.Type);
        json.WriteIfAny("checksum"u8, packet.Checksum);
        if (packet.CallId is { } call)
        {
            json.WriteNumber("callId"u8, call);
            json.WriteIfAny("payloadLength"u8, packet.PayloadLength);
        }
        else
        {
            json.WriteIfAny("key"u8, packet.Key);
        }

        json.WriteIfAny("sequenceNumber"u8, packet.SequenceNumber);
        json.WriteIfAny("acknowledgmentNumber"u8, packet.AcknowledgmentNumber);
        return true;
    }

    private bool WriteSecurityPayload(ReadOnlySpan<byte> octets)
    {
        json.WriteNumber("securityParametersIndex"u8, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets));
        json.WriteNumber("sequenceNumber"u8, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets[4..]));
        return true;
    }

    private bool WriteVxlan(ReadOnlySpan<byte> octets)
    {
        if (VxlanPacket.Read(octets, out VxlanPacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("networkId"u8, packet.NetworkId);
        json.WriteIfAny("policyId"u8, packet.PolicyId);
        return true;
    }

    private bool WriteGeneve(ReadOnlySpan<byte> octets)
    {
        if (GenevePacket.Read(octets, out GenevePacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("networkId"u8, packet.NetworkId);
        json.WriteNumber("type"u8, (int)packet.Type);
        json.WriteBoolean("control"u8, packet.IsControl);
        json.WriteStartArray("options"u8);
        foreach (GeneveOption option in packet.Options)
        {
            json.WriteStartObject();
            json.WriteNumber("class"u8, option.Class);
            json.WriteNumber("type"u8, option.Type);
            json.WriteNumber("length"u8, option.Length);
            json.WriteHexadecimal("value"u8, option.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    }
}
