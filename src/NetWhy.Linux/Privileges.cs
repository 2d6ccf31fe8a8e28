using System.Globalization;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What this process may do, as the kernel sees it.</summary>
/// <remarks>Source: capabilities(7); proc(5), <c>CapEff</c> of /proc/self/status.</remarks>
public static class Privileges
{
    private const int NetAdmin = 12; // CAP_NET_ADMIN
    private const int NetRaw = 13; // CAP_NET_RAW

    private static readonly Lazy<ulong> Effective = new(ReadEffective);

    /// <summary>Whether raw and packet sockets may be opened (CAP_NET_RAW).</summary>
    public static bool HasNetRaw => (Effective.Value >> NetRaw & 1) != 0;

    /// <summary>Whether firewall and other administrative state may be read (CAP_NET_ADMIN).</summary>
    public static bool HasNetAdmin => (Effective.Value >> NetAdmin & 1) != 0;

    /// <summary>Effective user id. Source: geteuid(2).</summary>
    public static uint User => Libc.geteuid();

    private static ulong ReadEffective()
    {
        const string Key = "CapEff:";
        try
        {
            string? line = File.ReadLines("/proc/self/status")
                .FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
            return ulong.TryParse(line.AsSpan(Math.Min(Key.Length, line?.Length ?? 0)).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask)
                ? mask
                : 0;
        }
        catch (IOException)
        {
            return 0; // no /proc: assume nothing
        }
    }
}
