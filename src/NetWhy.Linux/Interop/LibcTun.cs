using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetWhy.Linux.Interop;

/// <content>Calls for TUN/TAP devices and network namespaces.</content>
internal static partial class Libc
{
    /// <summary>Attaches a descriptor of /dev/net/tun to an interface. Source: linux/if_tun.h.</summary>
    internal const nuint TUNSETIFF = 0x400454ca;

    /// <summary>A device that carries Ethernet frames. Source: linux/if_tun.h.</summary>
    internal const short IFF_TAP = 0x0002;

    /// <summary>No four octets of flags before each frame. Source: linux/if_tun.h.</summary>
    internal const short IFF_NO_PI = 0x1000;

    /// <summary>A network namespace, for setns(2).</summary>
    internal const int CLONE_NEWNET = 0x40000000;

    /// <summary>ioctl(2) with a <c>struct ifreq</c>.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeFileHandle descriptor, nuint request, ref InterfaceRequest argument);

    /// <summary>setns(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setns(SafeFileHandle descriptor, int kind);

    /// <summary>read(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(SafeFileHandle descriptor, Span<byte> buffer, nuint length);

    /// <summary>write(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeFileHandle descriptor, ReadOnlySpan<byte> buffer, nuint length);

    /// <summary>ppoll(2); the signal mask stays as it is.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ppoll(
        Span<PollDescriptor> descriptors, nuint count, in TimeSpec timeout, nint signalMask);

    /// <summary><c>struct ifreq</c> with flags. Source: netdevice(7).</summary>
    internal struct InterfaceRequest
    {
        /// <summary>Zero-terminated name of the interface.</summary>
        internal InterfaceName Name;

        /// <summary>Flags of the interface.</summary>
        internal short Flags;

        /// <summary>The rest of the union.</summary>
        internal InterfaceRequestRest Rest;
    }

    /// <summary>Sixteen octets of name. Source: linux/if.h, IFNAMSIZ.</summary>
    [InlineArray(16)]
    internal struct InterfaceName
    {
        private byte _first;
    }

    /// <summary>What <c>union ifr_ifru</c> holds beside the flags.</summary>
    [InlineArray(22)]
    internal struct InterfaceRequestRest
    {
        private byte _first;
    }

    /// <summary><c>struct pollfd</c>. Source: poll(2).</summary>
    internal struct PollDescriptor
    {
        /// <summary>The descriptor to watch.</summary>
        internal int Descriptor;

        /// <summary>What to wait for.</summary>
        internal short Events;

        /// <summary>What happened.</summary>
        internal short Returned;
    }

    /// <summary><c>struct timespec</c>. Source: timespec(3).</summary>
    internal struct TimeSpec
    {
        /// <summary>Whole seconds.</summary>
        internal long Seconds;

        /// <summary>Nanoseconds, below 1 000 000 000.</summary>
        internal long Nanoseconds;
    }
}
