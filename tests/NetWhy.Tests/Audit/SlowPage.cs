using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>A page of memory that comes late: the kernel waits in the middle of a copy into it, with the socket locked.</summary>
/// <remarks>Source: userfaultfd(2), ioctl_userfaultfd(2).</remarks>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "no unsafe code in tests")]
internal sealed class SlowPage : IDisposable
{
    private const int Size = 4096;

    private readonly int _descriptor;
    private readonly nint _page;

    internal SlowPage()
    {
        _descriptor = (int)Call(RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 282 : 323, 0); // userfaultfd
        if (_descriptor < 0)
            Assert.Skip("this kernel has no userfaultfd");
        _page = Map(0, Size, protection: 3, flags: 0x22, -1, 0); // readable and writable, private and of no file
        Ask(0xc018aa3f, [0xaa, 0, 0]); // UFFDIO_API
        Ask(0xc020aa00, [_page, Size, 1, 0]); // UFFDIO_REGISTER: pages that are missing
    }

    /// <summary>Receives into the page; does not return before <see cref="Come"/>.</summary>
    internal void Receive(Socket socket) => _ = Receive((int)socket.Handle, _page, Size, 0);

    /// <summary>Lets the page be there.</summary>
    internal void Come() => Ask(0xc020aa04, [_page, Size, 0, 0]); // UFFDIO_ZEROPAGE

    public void Dispose()
    {
        _ = Close(_descriptor);
        _ = Unmap(_page, Size);
    }

    private void Ask(ulong request, long[] argument) => Assert.Equal(0, Control(_descriptor, request, argument));

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern long Call(long number, long flags);

    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Map(nint address, nint size, int protection, int flags, int descriptor, long offset);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Unmap(nint address, nint size);

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Control(int descriptor, ulong request, [In, Out] long[] argument);

    [DllImport("libc", EntryPoint = "recv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Receive(int socket, nint buffer, nint size, int flags);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int descriptor);
}
