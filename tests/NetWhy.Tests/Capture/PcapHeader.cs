using System.Buffers.Binary;

namespace NetWhy.Tests.Capture;

/// <summary>The header of a pcap file with microseconds, in little-endian order, for captures that a test writes octet by octet (draft-ietf-opsawg-pcap).</summary>
internal static class PcapHeader
{
    /// <summary>Writes it.</summary>
    /// <param name="file">The file, at its beginning.</param>
    /// <param name="linkType">What packets begin with; raw IP (LINKTYPE_RAW) if it is not said.</param>
    /// <param name="snapLength">Octets captured of each packet at most.</param>
    internal static void Write(Stream file, int linkType = 101, int snapLength = 65_535)
    {
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], snapLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], linkType);
        file.Write(header);
    }
}
