using NetWhy.Evidence;

namespace NetWhy.Diagnose.Sockets;

/// <summary>How far the local ports towards one destination are used up.</summary>
/// <param name="Usable">Ports that the kernel gives out.</param>
/// <param name="Share">Share of them in use, 0 to 1.</param>
/// <param name="Sustained">New connections a second that they last for: each port is held for 60 s after the end (TIME-WAIT).</param>
/// <param name="Left">When the last one is gone if as many are taken as between the samples; null if none were.</param>
internal sealed record PortUse(int Usable, double Share, double Sustained, TimeSpan? Left)
{
    /// <summary>Share from which the next connections are in danger.</summary>
    internal const double Scarce = 0.9;

    private const double TimeWait = 60; // seconds, TCP_TIMEWAIT_LEN

    /// <summary>Reckons.</summary>
    /// <param name="ports">The ports.</param>
    internal static PortUse Of(EphemeralPorts ports)
    {
        long usable = Math.Clamp((long)ports.RangeEnd - ports.RangeStart + 1 - ports.Reserved, 1, ushort.MaxValue + 1);
        long grown = ports.InUse - (long)(ports.InUseBefore ?? ports.InUse);
        double? seconds = grown > 0 && ports.Interval is { } interval && interval > TimeSpan.Zero && ports.InUse < usable
            ? (usable - ports.InUse) / (grown / interval.TotalSeconds)
            : null;
        return new PortUse((int)usable, ports.InUse / (double)usable, usable / TimeWait, seconds < 1e6 ? TimeSpan.FromSeconds(seconds.Value) : null);
    }
}
