using System.Runtime.InteropServices;
using System.Text;

namespace NetWhy.Wire;

/// <summary>Reads what drivers answer to SIOCETHTOOL.</summary>
/// <remarks>Source: linux/ethtool.h. What is cut short is null or empty.</remarks>
public static class EthtoolReply
{
    /// <summary>Octets of one name, <c>ETH_GSTRING_LEN</c>.</summary>
    public const int StringSize = 32;

    private const int MostStatistics = 16_384;

    // Speeds of the link modes in the order of their bits, in megabits a second; 0 for bits that are no speed.
    private static readonly int[] Speeds =
    [
        10, 10, 100, 100, 1000, 1000, 0, 0, 0, 0, 0, 0, 10_000, 0, 0, 2500, 0, 1000, 10_000, 10_000, 10_000, 20_000, 20_000,
        40_000, 40_000, 40_000, 40_000, 56_000, 56_000, 56_000, 56_000, 25_000, 25_000, 25_000, 50_000, 50_000,
        100_000, 100_000, 100_000, 100_000, 50_000, 1000, 10_000, 10_000, 10_000, 10_000, 10_000, 2500, 5000, 0, 0, 0,
        50_000, 50_000, 50_000, 50_000, 50_000, 100_000, 100_000, 100_000, 100_000, 100_000,
        200_000, 200_000, 200_000, 200_000, 200_000,
    ];

    /// <summary>Reads <c>struct ethtool_drvinfo</c>.</summary>
    /// <param name="octets">The answer.</param>
    public static EthtoolDriver? ReadDriver(ReadOnlySpan<byte> octets) => octets.Length < 184 ? null : new EthtoolDriver(
        Text(octets.Slice(4, StringSize)),
        Text(octets.Slice(68, StringSize)),
        (int)Math.Min(MemoryMarshal.Read<uint>(octets[180..]), int.MaxValue));

    /// <summary>Reads <c>struct ethtool_ringparam</c>.</summary>
    /// <param name="octets">The answer.</param>
    public static EthtoolRings? ReadRings(ReadOnlySpan<byte> octets) => octets.Length < 36 ? null : new EthtoolRings(
        Number(octets, 20), Number(octets, 4), Number(octets, 32), Number(octets, 16));

    /// <summary>Reads <c>struct ethtool_link_settings</c> with its masks.</summary>
    /// <param name="octets">The answer.</param>
    public static EthtoolLink? ReadLink(ReadOnlySpan<byte> octets)
    {
        const int MasksOffset = 48;
        if (octets.Length < MasksOffset)
            return null;
        int words = (sbyte)octets[15];
        int best = 0;
        for (int bit = 0; bit < Math.Min(words * 32, Speeds.Length) && octets.Length > MasksOffset + bit / 8; bit++)
        {
            if ((octets[MasksOffset + bit / 8] >> (bit % 8) & 1) != 0)
                best = Math.Max(best, Speeds[bit]);
        }

        uint speed = MemoryMarshal.Read<uint>(octets[4..]);
        return new EthtoolLink(
            speed is 0 or > int.MaxValue ? null : (int)speed,
            best == 0 ? null : best,
            octets[8] switch { 0 => "half", 1 => "full", _ => null },
            octets[11] switch { 0 => false, 1 => true, _ => null });
    }

    /// <summary>Reads <c>struct ethtool_gstrings</c> and <c>struct ethtool_stats</c>.</summary>
    /// <param name="names">The answer about the names.</param>
    /// <param name="values">The answer about the values.</param>
    public static Dictionary<string, long> ReadStatistics(ReadOnlySpan<byte> names, ReadOnlySpan<byte> values)
    {
        Dictionary<string, long> statistics = [];
        if (names.Length < 12 || values.Length < 8)
            return statistics;
        long count = Math.Min(Math.Min(MemoryMarshal.Read<uint>(names[8..]), MemoryMarshal.Read<uint>(values[4..])), MostStatistics);
        count = Math.Min(count, Math.Min((names.Length - 12) / StringSize, (values.Length - 8) / sizeof(long)));
        for (int i = 0; i < count; i++)
        {
            if (Text(names.Slice(12 + i * StringSize, StringSize)) is { Length: > 0 } name)
                statistics[name] = MemoryMarshal.Read<long>(values[(8 + i * sizeof(long))..]);
        }

        return statistics;
    }

    private static int Number(ReadOnlySpan<byte> octets, int offset) =>
        (int)Math.Min(MemoryMarshal.Read<uint>(octets[offset..]), int.MaxValue);

    private static string Text(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? octets : octets[..end]).Trim();
    }
}

/// <summary>Who drives an interface.</summary>
/// <param name="Name">Name of the driver.</param>
/// <param name="Firmware">Version of the firmware; empty if it tells none.</param>
/// <param name="Statistics">How many counters of its own it has.</param>
public sealed record EthtoolDriver(string Name, string Firmware, int Statistics);

/// <summary>Places in the rings of an interface.</summary>
/// <param name="Receive">In the receive ring.</param>
/// <param name="ReceiveMost">How many it may have.</param>
/// <param name="Transmit">In the transmit ring.</param>
/// <param name="TransmitMost">How many it may have.</param>
public sealed record EthtoolRings(int Receive, int ReceiveMost, int Transmit, int TransmitMost);

/// <summary>Speed and duplex of an interface.</summary>
/// <param name="Speed">In megabits a second; null if there is none.</param>
/// <param name="BestSpeed">The largest that this end supports; null if unknown.</param>
/// <param name="Duplex"><c>full</c> or <c>half</c>; null if unknown.</param>
/// <param name="Negotiates">Whether it negotiates; null if unknown.</param>
public sealed record EthtoolLink(int? Speed, int? BestSpeed, string? Duplex, bool? Negotiates);
