using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of libpcap that netwhy makes: it compiles filters. Source: pcap(3).</summary>
internal static unsafe partial class LibPcap
{
    private const string Library = "libpcap.so.0.8";

    /// <summary>pcap_open_dead(3)</summary>
    [LibraryImport(Library)]
    internal static partial nint pcap_open_dead(int linktype, int snaplen);

    /// <summary>pcap_close(3)</summary>
    [LibraryImport(Library)]
    internal static partial void pcap_close(nint handle);

    /// <summary>pcap_compile(3)</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pcap_compile(nint handle, Program* program, string text, int optimize, uint netmask);

    /// <summary>pcap_freecode(3)</summary>
    [LibraryImport(Library)]
    internal static partial void pcap_freecode(Program* program);

    /// <summary>pcap_geterr(3)</summary>
    [LibraryImport(Library)]
    internal static partial byte* pcap_geterr(nint handle);

    /// <summary><c>struct bpf_program</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Program
    {
        internal uint Length;
        internal FilterInstruction* Instructions;
    }
}
