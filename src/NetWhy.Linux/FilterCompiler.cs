using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Compiles filters as tcpdump does, with this machine's libpcap. Source: pcap-filter(7), pcap_compile(3).</summary>
public static unsafe class FilterCompiler
{
    private const uint UnknownNetmask = uint.MaxValue; // PCAP_NETMASK_UNKNOWN

    /// <summary>Compiles a filter.</summary>
    /// <param name="text">The filter; empty lets all through.</param>
    /// <param name="linkType">What packets begin with; source: pcap-linktype(7).</param>
    /// <param name="snapLength">What the program returns for what it lets through.</param>
    /// <param name="isOptimized">Whether libpcap optimizes.</param>
    /// <param name="program">The program.</param>
    /// <returns>What is wrong with the filter; null if nothing is.</returns>
    /// <exception cref="LinuxException">This machine has no libpcap.</exception>
    public static string? Compile(string text, int linkType, int snapLength, bool isOptimized, out FilterInstruction[] program)
    {
        program = [];
        nint handle;
        try
        {
            handle = LibPcap.pcap_open_dead(ToDatalink(linkType), snapLength);
        }
        catch (DllNotFoundException)
        {
            return "filters need libpcap.so.0.8, and this machine has none: install libpcap0.8, or leave the filter out";
        }

        try
        {
            LibPcap.Program compiled;
            if (LibPcap.pcap_compile(handle, &compiled, text, isOptimized ? 1 : 0, UnknownNetmask) != 0)
                return Marshal.PtrToStringUTF8((nint)LibPcap.pcap_geterr(handle)) ?? "libpcap does not say why";
            program = new ReadOnlySpan<FilterInstruction>(compiled.Instructions, (int)compiled.Length).ToArray();
            LibPcap.pcap_freecode(&compiled);
            return null;
        }
        finally
        {
            LibPcap.pcap_close(handle);
        }
    }

    // Numbers in files and numbers in the library differ for a few types that had other numbers on other systems.
    private static int ToDatalink(int linkType) => linkType switch
    {
        100 => 11, // ATM, RFC 1483
        101 => 12, // raw IP
        104 => 104,
        _ => linkType,
    };
}
