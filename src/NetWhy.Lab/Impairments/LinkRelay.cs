using System.Buffers;
using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Lab.Impairments;

/// <summary>Carries frames between two TAP devices, as two <see cref="LinkModel"/>s say.</summary>
/// <param name="left">One end.</param>
/// <param name="right">The other.</param>
/// <param name="leftToRight">What happens to frames from left to right.</param>
/// <param name="rightToLeft">What happens to frames from right to left.</param>
public sealed class LinkRelay(TapDevice left, TapDevice right, LinkModel leftToRight, LinkModel rightToLeft)
{
    private const int LargestFrame = 65_550; // an IP packet of 65,535 octets and its Ethernet header

    private static readonly TimeSpan LookForCancellation = TimeSpan.FromMilliseconds(500);

    private readonly PriorityQueue<Frame, (TimeSpan At, long Number)> _inFlight = new();
    private readonly byte[] _buffer = new byte[LargestFrame];
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _number;

    // For each direction, how many frames it holds: left to right first.
    private readonly int[] _waiting = new int[2];

    /// <summary>Carries frames until told to stop.</summary>
    /// <param name="stop">Looked at twice a second.</param>
    /// <exception cref="LinuxException">One of the devices is gone.</exception>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            TimeSpan wait = LookForCancellation;
            if (_inFlight.TryPeek(out _, out (TimeSpan At, long) next))
            {
                TimeSpan due = next.At - Now;
                wait = due < wait ? due : wait;
            }

            (bool leftReady, bool rightReady) = TapDevice.Wait(left, right, wait);
            if (leftReady)
                Take(left, right, leftToRight, direction: 0);
            if (rightReady)
                Take(right, left, rightToLeft, direction: 1);
            Deliver();
        }
    }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_start);

    private void Take(TapDevice from, TapDevice to, LinkModel model, int direction)
    {
        int length = from.Read(_buffer);
        if (length <= 0)
            return;

        Span<Delivery> copies = stackalloc Delivery[2];
        int count = model.Pass(length, Now, _waiting[direction], copies);
        for (int i = 0; i < count; i++)
        {
            byte[] octets = ArrayPool<byte>.Shared.Rent(length);
            _buffer.AsSpan(0, length).CopyTo(octets);
            if (copies[i].FlippedBit >= 0)
                octets[copies[i].FlippedBit / 8] ^= (byte)(1 << (copies[i].FlippedBit % 8));
            _waiting[direction]++;
            _inFlight.Enqueue(new Frame(octets, length, to, direction), (copies[i].At, _number++));
        }
    }

    private void Deliver()
    {
        while (_inFlight.TryPeek(out Frame frame, out (TimeSpan At, long) due) && due.At <= Now)
        {
            _inFlight.Dequeue();
            _waiting[frame.Direction]--;
            frame.To.Write(frame.Octets.AsSpan(0, frame.Length));
            ArrayPool<byte>.Shared.Return(frame.Octets);
        }
    }

    private readonly record struct Frame(byte[] Octets, int Length, TapDevice To, int Direction);
}
