using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace NetWhy.Tools.Traceroute;

/// <summary>Names of addresses, looked up in the background and each once, while the path is still being traced.</summary>
/// <param name="isNumeric">Whether there are to be none.</param>
internal sealed class HopNames(bool isNumeric)
{
    private const int MostAtOnce = 16; // each takes a thread of the C library's resolver

    private static readonly SemaphoreSlim Places = new(MostAtOnce);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1); // a resolver that is down must not hold up the path

    private readonly ConcurrentDictionary<IPAddress, (long Begin, Task<string?> Name)> _names = new();

    /// <summary>Begins to look a name up.</summary>
    /// <param name="address">Whose.</param>
    internal void Want(IPAddress address)
    {
        if (!isNumeric)
            _ = _names.GetOrAdd(address, LookUp);
    }

    /// <summary>The address as traceroute shows it: name and number, or the number twice where it has no name.</summary>
    /// <param name="address">The address.</param>
    internal string Show(IPAddress address) => ZonedAddress.Text(address) is var text && isNumeric ? text : $"{Of(address) ?? text} ({text})";

    /// <summary>The name; null if there is none, or none came in time.</summary>
    /// <param name="address">Whose.</param>
    internal string? Of(IPAddress address)
    {
        if (isNumeric)
            return null;
        (long begin, Task<string?> name) = _names.GetOrAdd(address, LookUp);
        TimeSpan left = Patience - Stopwatch.GetElapsedTime(begin);
        return name.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? name.Result : null;
    }

    private static (long Begin, Task<string?> Name) LookUp(IPAddress address) => (Stopwatch.GetTimestamp(), NameLookups.LookUpAsync(address, Places));
}
