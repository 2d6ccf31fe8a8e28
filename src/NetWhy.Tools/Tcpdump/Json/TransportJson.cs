using System.Buffers;
using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes TCP, UDP and SCTP, and hands their data on.</summary>
/// <param name="json">Where to.</param>
/// <param name="scratch">Room for text.</param>
internal sealed class TransportJson(Utf8JsonWriter json, PacketText scratch)
{
    private const int MostChunks = 64;

    private static readonly (TcpFlags Flag, string Name)[] FlagNames =
    [
        (TcpFlags.Fin, "FIN"), (TcpFlags.Syn, "SYN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"),
        (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"),
    ];

    private readonly SequenceNumbers _sequences = new();
    private readonly ApplicationJson _application = new(json, scratch);
    private TransportPorts _ports;

    /// <summary>Writes a header.</summary>
    /// <param name="layer">What it is.</param>
    /// <param name="octets">What was captured of it and behind it.</param>
    /// <param name="ends">Between whom.</param>
    internal void Write(in Layer layer, ReadOnlySpan<byte> octets, in NetworkEnds ends)
    {
        json.WriteStartObject(layer.Kind switch { LayerKind.Tcp => "tcp"u8, LayerKind.Udp => "udp"u8, _ => "sctp"u8 });
        if (TransportPorts.Read(octets, out _ports) is OperationStatus.Done)
        {
            json.WriteNumber("sourcePort"u8, _ports.Source);
            json.WriteNumber("destinationPort"u8, _ports.Destination);
        }

        bool isWritten = layer.Kind switch
        {
            LayerKind.Tcp => WriteTcp(layer, octets, ends),
            LayerKind.Udp => WriteUdp(octets, ends),
            _ => WriteSctp(octets),
        };
        json.WriteIfTrue("broken"u8, !isWritten || layer.Status is not OperationStatus.Done);
        json.WriteEndObject();
    }

    /// <summary>Writes what the data of a transport is, if that is known.</summary>
    /// <param name="before">The layer before it.</param>
    /// <param name="octets">What was captured of it.</param>
    internal void WriteData(in Layer before, ReadOnlySpan<byte> octets)
    {
        if (before.Kind is LayerKind.Tcp)
            _application.WriteStream(_ports, octets);
        else if (before.Kind is LayerKind.Udp)
            _application.WriteDatagram(_ports, octets);
    }

    private bool WriteTcp(in Layer layer, ReadOnlySpan<byte> octets, in NetworkEnds ends)
    {
        if (TcpSegment.Read(octets, out TcpSegment segment) is not OperationStatus.Done)
            return false;
        bool isAck = segment.Flags.HasFlag(TcpFlags.Ack);
        json.WriteNumber("sequenceNumber"u8, segment.SequenceNumber);
        if (isAck)
            json.WriteNumber("acknowledgmentNumber"u8, segment.AcknowledgmentNumber);
        uint first = 0;
        if (ends.Source.Length > 0)
            first = WriteRelative(segment, ends, isAck);
        json.WriteNumber("headerLength"u8, segment.HeaderLength);
        json.WriteStartArray("flags"u8);
        foreach ((TcpFlags flag, string name) in FlagNames)
        {
            if (segment.Flags.HasFlag(flag))
                json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteIfTrue("accurateEcn"u8, segment.HasAccurateEcn);
        json.WriteNumber("window"u8, segment.Window);
        json.WriteNumber("checksum"u8, segment.Checksum);
        if (ends.IsChecksumRight(IPProtocol.Tcp, octets, layer.Length) is { } isRight)
            json.WriteBoolean("checksumRight"u8, isRight);
        if (segment.Flags.HasFlag(TcpFlags.Urg))
            json.WriteNumber("urgentPointer"u8, segment.UrgentPointer);
        WriteOptions(segment, first);
        json.WriteNumber("payloadLength"u8, Math.Max(0, layer.Length - segment.HeaderLength));
        return true;
    }

    // As tcpdump counts: from the first segment that was seen of each direction, or the SYN.
    private uint WriteRelative(TcpSegment segment, in NetworkEnds ends, bool isAck)
    {
        bool isKnown = _sequences.Find(
            ends.Source, ends.Destination, segment.SourcePort, segment.DestinationPort, segment.Flags.HasFlag(TcpFlags.Syn),
            segment.SequenceNumber, segment.AcknowledgmentNumber, out uint own, out uint other);
        json.WriteNumber("relativeSequenceNumber"u8, isKnown ? segment.SequenceNumber - own : 0);
        if (isAck)
            json.WriteNumber("relativeAcknowledgmentNumber"u8, segment.AcknowledgmentNumber - other);
        return other;
    }

    private void WriteOptions(TcpSegment segment, uint first)
    {
        if (segment.HeaderLength == TcpHeader.Size)
            return;
        json.WriteStartArray("options"u8);
        foreach (TcpOption option in segment.EnumerateOptions())
        {
            json.WriteStartObject();
            json.WriteNumber("kind"u8, (byte)option.Kind);
            json.WriteNumber("length"u8, option.Length);
            WriteOption(option, first);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteOption(TcpOption option, uint first)
    {
        switch (option.Kind)
        {
            case TcpOptionKind.MaximumSegmentSize:
                json.WriteIfAny("maximumSegmentSize"u8, option.MaximumSegmentSize);
                break;
            case TcpOptionKind.WindowScale:
                json.WriteIfAny("windowScale"u8, option.WindowScale);
                break;
            case TcpOptionKind.SackPermitted:
                json.WriteBoolean("sackPermitted"u8, value: true);
                break;
            case TcpOptionKind.SackBlocks:
                WriteBlocks(option.SackBlocks, first);
                break;
            case TcpOptionKind.Timestamps when option.Timestamps is { } timestamps:
                json.WriteNumber("timestamp"u8, timestamps.Value);
                json.WriteNumber("echoReply"u8, timestamps.EchoReply);
                break;
            case TcpOptionKind.UserTimeout when option.UserTimeout is { } timeout:
                json.WriteNumber("userTimeout"u8, (long)timeout.TotalSeconds);
                break;
            case TcpOptionKind.Multipath:
                json.WriteIfAny("multipathSubtype"u8, (int?)option.MultipathSubtype);
                break;
            case TcpOptionKind.Authentication:
                json.WriteIfAny("keyId"u8, option.KeyId);
                json.WriteIfAny("nextKeyId"u8, option.NextKeyId);
                break;
            case TcpOptionKind.FastOpen or TcpOptionKind.Experiment1 or TcpOptionKind.Experiment2:
                json.WriteIfAny("experimentId"u8, option.ExperimentId);
                if (option.IsFastOpen)
                    json.WriteHexadecimal("fastOpenCookie"u8, option.FastOpenCookie);
                break;
            default:
                json.WriteHexadecimal("value"u8, option.Value);
                break;
        }
    }

    private void WriteBlocks(ReadOnlySpan<SackBlock> blocks, uint first)
    {
        json.WriteStartArray("sackBlocks"u8);
        foreach (SackBlock block in blocks)
        {
            json.WriteStartObject();
            json.WriteNumber("left"u8, block.Left);
            json.WriteNumber("right"u8, block.Right);
            json.WriteNumber("relativeLeft"u8, block.Left - first);
            json.WriteNumber("relativeRight"u8, block.Right - first);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private bool WriteUdp(ReadOnlySpan<byte> octets, in NetworkEnds ends)
    {
        if (UdpDatagram.Read(octets, out UdpDatagram datagram) is not OperationStatus.Done)
            return false;
        json.WriteNumber("length"u8, datagram.Length);
        json.WriteNumber("checksum"u8, datagram.Checksum);
        int length = UdpHeader.Size + datagram.PayloadLength;
        if (datagram.Checksum != 0 && ends.IsChecksumRight(IPProtocol.Udp, octets[..Math.Min(octets.Length, length)], length) is { } isRight)
            json.WriteBoolean("checksumRight"u8, isRight);
        json.WriteNumber("payloadLength"u8, datagram.PayloadLength);
        return true;
    }

    private bool WriteSctp(ReadOnlySpan<byte> octets)
    {
        if (SctpPacket.Read(octets, out SctpPacket packet) is not OperationStatus.Done)
            return false;
        json.WriteNumber("verificationTag"u8, packet.VerificationTag);
        json.WriteStartArray("chunks"u8);
        int count = 0;
        foreach (SctpChunk chunk in packet.Chunks)
        {
            if (count++ == MostChunks)
                break;
            json.WriteStartObject();
            json.WriteNumber("type"u8, (byte)chunk.Type);
            json.WriteNumber("flags"u8, chunk.Flags);
            json.WriteNumber("length"u8, chunk.Length);
            json.WriteIfAny("transmissionSequenceNumber"u8, chunk.TransmissionSequenceNumber);
            json.WriteIfAny("streamId"u8, chunk.StreamId);
            json.WriteIfAny("payloadProtocol"u8, chunk.PayloadProtocol);
            json.WriteIfAny("initiateTag"u8, chunk.InitiateTag);
            json.WriteIfAny("receiverWindow"u8, chunk.ReceiverWindow);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    }
}
