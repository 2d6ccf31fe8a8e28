using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What the parent process decided about signals.</summary>
public static class InheritedSignals
{
    /// <summary>Makes an interrupt heard although the parent had it ignored, as shells do for what they start in the background.</summary>
    /// <remarks>Before any handler is set: the runtime keeps to what it finds. Source: signal(7); POSIX, sh, 2.11.</remarks>
    public static void HearInterrupt()
    {
        const int Interrupt = 2;
        const nint Default = 0; // SIG_DFL
        _ = Libc.signal(Interrupt, Default);
    }
}
