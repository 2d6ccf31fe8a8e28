using System.Text;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>An Ethernet interface whose wire is this process: what the kernel sends is read here, and the reverse.</summary>
/// <remarks>Source: Documentation/networking/tuntap.rst of the kernel. The interface lives as long as the object.</remarks>
public sealed class TapDevice : IDisposable
{
    private const short Readable = 0x0001; // POLLIN
    private const short Gone = 0x0008; // POLLERR: the interface was unregistered

    private readonly SafeFileHandle _handle;

    private TapDevice(SafeFileHandle handle) => _handle = handle;

    /// <summary>Makes the interface <paramref name="name"/> in the namespace <paramref name="networkNamespace"/>.</summary>
    /// <param name="networkNamespace">The namespace, as <c>ip netns</c> names it.</param>
    /// <param name="name">At most 15 octets of ASCII.</param>
    /// <exception cref="LinuxException">The name is taken, or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="IOException">There is no such namespace, or no /dev/net/tun.</exception>
    public static TapDevice Create(string networkNamespace, string name) =>
        NetworkNamespace.Run(networkNamespace, () =>
        {
            SafeFileHandle handle = File.OpenHandle(
                "/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var request = new Libc.InterfaceRequest { Flags = (short)(Libc.IFF_TAP | Libc.IFF_NO_PI) };
            Encoding.ASCII.GetBytes(name.AsSpan()[..Math.Min(name.Length, 15)], request.Name);
            if (Libc.ioctl(handle, Libc.TUNSETIFF, ref request) < 0)
            {
                LinuxException exception = LinuxException.FromLastError("ioctl TUNSETIFF");
                handle.Dispose();
                throw exception;
            }

            return new TapDevice(handle);
        });

    /// <summary>Takes the next frame that the kernel sent; waits if there is none.</summary>
    /// <param name="frame">Where to put it; 65,550 octets hold any.</param>
    /// <returns>The length of the frame, in octets; 0 when the interface was down.</returns>
    public int Read(Span<byte> frame) => (int)Math.Max(Libc.read(_handle, frame, (nuint)frame.Length), 0); // EBADFD: down

    /// <summary>Gives a frame to the kernel, as if it came in from the wire.</summary>
    /// <param name="frame">The frame, without checksum.</param>
    /// <returns>Whether the kernel took it: it does not while the interface is down (EIO).</returns>
    public bool Write(ReadOnlySpan<byte> frame) => Libc.write(_handle, frame, (nuint)frame.Length) == frame.Length;

    /// <summary>Waits until one of two devices has a frame, or the time is over.</summary>
    /// <param name="left">One device.</param>
    /// <param name="right">The other.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>Which of them can be read.</returns>
    /// <exception cref="LinuxException">One of the interfaces is no more.</exception>
    public static (bool Left, bool Right) Wait(TapDevice left, TapDevice right, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        long ticks = Math.Max(timeout.Ticks, 0);
        var wait = new Libc.TimeSpec
        {
            Seconds = ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = ticks % TimeSpan.TicksPerSecond * 100,
        };
        Span<Libc.PollDescriptor> descriptors =
        [
            new() { Descriptor = (int)left._handle.DangerousGetHandle(), Events = Readable },
            new() { Descriptor = (int)right._handle.DangerousGetHandle(), Events = Readable },
        ];
        int ready = Libc.ppoll(descriptors, 2, wait, signalMask: 0);
        if (((descriptors[0].Returned | descriptors[1].Returned) & Gone) != 0)
            throw new LinuxException("ppoll", errno: 19 /* ENODEV */);

        return ready > 0
            ? ((descriptors[0].Returned & Readable) != 0, (descriptors[1].Returned & Readable) != 0)
            : (false, false);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
