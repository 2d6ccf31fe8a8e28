using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Memory of a protocol against its limits, as the table shows it.</summary>
internal static class MemoryLimit
{
    private const double Filling = 0.7; // of the limit above which the protocol is under pressure

    /// <summary>The signal.</summary>
    /// <param name="check">Id of the check.</param>
    /// <param name="title">What was looked at.</param>
    /// <param name="setting">Name of the setting.</param>
    /// <param name="pages">Pages in use.</param>
    /// <param name="limits">The limits; null if unknown.</param>
    /// <param name="memory">The observation.</param>
    internal static Signal Signal(string check, string title, string setting, long pages, MemoryLimits? limits, ProtocolMemory memory)
    {
        string value = Words.Octets((double)pages * memory.PageSize);
        if (limits is null) // then the kernel's own word must do: no pressure is said, and nothing was refused
            return new Signal(check, memory.UnderPressure is null ? Standing.Unknown : Standing.Fine, title, $"{value}, its limit cannot be read here", "") { Evidence = [memory] };
        var signal = new Signal(check, Standing.Fine, title, value, InWords(limits, setting, memory.PageSize)) { Evidence = [memory] };
        return pages < Filling * limits.Pressure ? signal : signal with
        {
            Standing = Standing.Advice,
            Meaning = "The memory of sockets comes near the limit at which the kernel makes their windows smaller.",
            Remedies = [new Remedy("See whose sockets hold it: r is received and not read, w sent and not acknowledged.", "ss -anmp")],
        };
    }

    /// <summary>The limits in words: <c>2.2 GiB (pressure at 1.5 GiB, tcp_mem)</c>.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="setting">Name of the setting.</param>
    /// <param name="pageSize">Size of a page, in octets.</param>
    internal static string InWords(MemoryLimits limits, string setting, int pageSize) =>
        $"{Words.Octets((double)limits.Max * pageSize)} (pressure at {Words.Octets((double)limits.Pressure * pageSize)}, {setting})";
}
