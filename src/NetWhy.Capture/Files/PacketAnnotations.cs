using System.Buffers.Binary;

namespace NetWhy.Capture.Files;

/// <summary>What was decided about a packet.</summary>
/// <param name="Kind">Who decided: 0 hardware, 1 a program of the traffic control, 2 one of XDP.</param>
/// <param name="Value">What: octets that hardware knows; of a program, its number with the most significant octet first.</param>
public sealed record PacketVerdict(byte Kind, ReadOnlyMemory<byte> Value);

/// <summary>What a capture tells of a packet besides its octets. Source: draft-ietf-opsawg-pcapng, section 4.3.</summary>
public sealed record PacketAnnotations
{
    private const int Flag = 2, Drop = 4, Identifier = 5, QueueNumber = 6, Verdict = 7;

    /// <summary>Direction, reception and errors of the link; null if it does not say.</summary>
    public uint? Flags { get; private init; }

    /// <summary>Packets that were lost before it; null if it does not say.</summary>
    public ulong? Dropped { get; private init; }

    /// <summary>The number of the packet, which it has on other interfaces too; null if it does not say.</summary>
    public ulong? Id { get; private init; }

    /// <summary>The queue of the interface; null if it does not say.</summary>
    public uint? Queue { get; private init; }

    /// <summary>What was decided about it.</summary>
    public IReadOnlyList<PacketVerdict> Verdicts { get; private init; } = [];

    /// <summary>Reads what is told of a packet.</summary>
    /// <param name="packet">The packet.</param>
    public static PacketAnnotations Read(in PacketRecord packet)
    {
        bool isBigEndian = packet.Interface.Section is { IsBigEndian: true };
        var read = new PacketAnnotations();
        List<PacketVerdict> verdicts = [];
        var options = new PcapngOptions(packet.Options, isBigEndian);
        while (options.Read(out ushort code, out ReadOnlySpan<byte> value))
        {
            switch (code, value.Length)
            {
                case (Flag, sizeof(uint)):
                    read = read with { Flags = read.Flags ?? Read32(value, isBigEndian) };
                    break;
                case (Drop, sizeof(ulong)):
                    read = read with { Dropped = read.Dropped ?? Read64(value, isBigEndian) };
                    break;
                case (Identifier, sizeof(ulong)):
                    read = read with { Id = read.Id ?? Read64(value, isBigEndian) };
                    break;
                case (QueueNumber, sizeof(uint)):
                    read = read with { Queue = read.Queue ?? Read32(value, isBigEndian) };
                    break;
                case (Verdict, > 0) when value[0] == 0:
                    verdicts.Add(new PacketVerdict(0, value[1..].ToArray()));
                    break;
                case (Verdict, 1 + sizeof(ulong)) when value[0] is 1 or 2:
                    byte[] number = new byte[sizeof(ulong)];
                    BinaryPrimitives.WriteUInt64BigEndian(number, Read64(value[1..], isBigEndian));
                    verdicts.Add(new PacketVerdict(value[0], number));
                    break;
            }
        }

        return read with { Verdicts = verdicts };
    }

    private static uint Read32(ReadOnlySpan<byte> octets, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    private static ulong Read64(ReadOnlySpan<byte> octets, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(octets) : BinaryPrimitives.ReadUInt64LittleEndian(octets);
}
