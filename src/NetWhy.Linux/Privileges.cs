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

    /// <summary>Gives root's privileges up for those of another user, for good and in every thread.</summary>
    /// <param name="user">The user's name.</param>
    /// <returns>False if there is no such user.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    /// <remarks>Source: setuid(2), "C library/kernel differences"; <c>struct passwd</c>: two pointers, then the numbers of user and group.</remarks>
    public static unsafe bool Become(string user)
    {
        byte* entry = Libc.getpwnam(user);
        if (entry == null)
            return false;
        uint number = *(uint*)(entry + 16), group = *(uint*)(entry + 20);
        if (Libc.initgroups(user, group) != 0)
            throw LinuxException.FromLastError("initgroups");
        if (Libc.setgid(group) != 0)
            throw LinuxException.FromLastError("setgid");
        if (Libc.setuid(number) != 0)
            throw LinuxException.FromLastError("setuid");
        return true;
    }

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
