using System.Buffers.Binary;
using NetWhy.Tests.Capture;

namespace NetWhy.Tests.App.Analyze;

/// <summary>A capture of raw IPv4 (LINKTYPE_RAW) that a test writes packet by packet, from 10.0.0.1:1000 to 10.0.0.2:80 and back.</summary>
internal sealed class HandMadeCapture : IDisposable
{
    private readonly FileStream _file;
    private long _microseconds = 1_700_000_000_000_000;

    internal HandMadeCapture(string path)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        PcapHeader.Write(_file);
    }

    /// <summary>Data of the client.</summary>
    internal void Data(uint sequence, int length, int later = 500) => Data(sequence, new byte[length], later);

    internal void Data(uint sequence, ReadOnlySpan<byte> data, int later = 500) => Write(isForward: true, sequence, 1, data, later);

    /// <summary>Data of the server.</summary>
    internal void Answer(uint sequence, uint acknowledged, ReadOnlySpan<byte> data, int later = 500) => Write(isForward: false, sequence, acknowledged, data, later);

    /// <summary>The server acknowledges.</summary>
    internal void Acknowledge(uint acknowledged, int later = 500) => Write(isForward: false, 1, acknowledged, [], later);

    private void Write(bool isForward, uint sequence, uint acknowledged, ReadOnlySpan<byte> data, int later)
    {
        _microseconds += later;
        Span<byte> packet = new byte[16 + 40 + data.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(packet, (uint)(_microseconds / 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], (uint)(_microseconds % 1_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(packet[8..], 40 + data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(packet[12..], 40 + data.Length);
        Span<byte> ip = packet[16..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(40 + data.Length));
        ip[8] = 64;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], isForward ? 0x0a000001u : 0x0a000002u);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], isForward ? 0x0a000002u : 0x0a000001u);
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(isForward ? 1000 : 80));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)(isForward ? 80 : 1000));
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledged);
        tcp[12] = 0x50;
        tcp[13] = data.IsEmpty ? (byte)0x10 : (byte)0x18;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 60_000);
        data.CopyTo(tcp[20..]);
        _file.Write(packet);
    }

    public void Dispose() => _file.Dispose();
}
