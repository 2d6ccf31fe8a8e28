using NetWhy.Linux;

namespace NetWhy.Capture.Filters;

/// <summary>Makes of a filter for packets with the cooked header one that the kernel can run before there is such a header.</summary>
/// <remarks>
/// The kernel sees the packet from its network header on and keeps what the cooked header will hold beside it. Sources:
/// pcap-linktype(7), LINUX_SLL2; linux/filter.h, SKF_AD_*.
/// </remarks>
public static class CookedFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort LoadHalf = 0x28;
    private const ushort LoadByte = 0x30;
    private const uint HeaderLength = 20;
    private const uint ProtocolAt = 0;
    private const uint InterfaceAt = 4;
    private const uint TypeAt = 10;
    private const uint Ancillary = 0xfffff000; // SKF_AD_OFF: -0x1000
    private const uint Protocol = Ancillary;
    private const uint PacketType = Ancillary + 4;
    private const uint InterfaceIndex = Ancillary + 8;

    /// <summary>Rewrites a program.</summary>
    /// <param name="program">For packets with the header.</param>
    /// <returns>For packets without it; null if it asks for what the kernel does not keep.</returns>
    public static FilterInstruction[]? Rewrite(ReadOnlySpan<FilterInstruction> program)
    {
        FilterInstruction[] rewritten = program.ToArray();
        for (int i = 0; i < rewritten.Length; i++)
        {
            FilterInstruction one = rewritten[i];
            bool isLoad = (one.Code & 0x07) is 0x00 or 0x01;
            int mode = one.Code & 0xe0;
            bool isFromStart = mode is 0x20 or 0xa0; // absolute, or four times the low half of an octet
            if (!isLoad || (!isFromStart && mode is not 0x40))
                continue;
            uint? offset = one.Value >= HeaderLength ? one.Value - HeaderLength
                : (one.Code, one.Value) switch
                {
                    (LoadHalf, ProtocolAt) => Protocol,
                    (LoadWord, InterfaceAt) => InterfaceIndex,
                    (LoadByte, TypeAt) => PacketType,
                    _ => null, // a part of them, or what is kept nowhere
                };
            if (offset is null)
                return null;
            rewritten[i] = one with { Value = offset.Value };
        }

        return rewritten;
    }
}
