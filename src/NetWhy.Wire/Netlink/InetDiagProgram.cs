using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>Assembles a program that the kernel runs on each socket of a dump, so that only those it accepts are sent.</summary>
/// <remarks>
/// <para>
/// An instruction that holds falls through to the next; one that does not jumps to a label. A program accepts a socket
/// that falls out of its end. The kernel takes forward jumps only, to the beginning of an instruction.
/// </para>
/// <para>Source: <c>struct inet_diag_bc_op</c> and its <c>INET_DIAG_BC_*</c> in linux/inet_diag.h; inet_diag_bc_audit() in
/// net/ipv4/inet_diag.c.</para>
/// </remarks>
public sealed class InetDiagProgram
{
    /// <summary>Longest program, in octets: a jump has 16 bits, and so has the length of the attribute.</summary>
    public const int Longest = 60_000;

    private const int OperationSize = 4; // struct inet_diag_bc_op: code, length, jump
    private const int ConditionSize = 8; // struct inet_diag_hostcond: family, prefix, padding, port

    private readonly ArrayBufferWriter<byte> _octets = new(256);
    private readonly List<(int At, int Label)> _jumps = [];
    private readonly List<int> _labels = [];

    private enum Operation : byte
    {
        Jump = 1,
        SourcePortAtLeast = 2,
        SourcePortAtMost = 3,
        DestinationPortAtLeast = 4,
        DestinationPortAtMost = 5,
        AutoBound = 6,
        Source = 7,
        Destination = 8,
        Device = 9,
        Mark = 10,
        Cgroup = 13,
    }

    /// <summary>Makes a label, to be placed later.</summary>
    public int NewLabel()
    {
        _labels.Add(-1);
        return _labels.Count - 1;
    }

    /// <summary>Places a label before the next instruction.</summary>
    /// <param name="label">The label.</param>
    public void Place(int label) => _labels[label] = _octets.WrittenCount;

    /// <summary>Jumps.</summary>
    /// <param name="label">Where to.</param>
    public void Jump(int label) => Begin(Operation.Jump, OperationSize, label);

    /// <summary>Compares a port.</summary>
    /// <param name="isLocal">Whether the port on this machine, or that of the peer.</param>
    /// <param name="isAtLeast">Whether it must be at least, or at most, <paramref name="port"/>.</param>
    /// <param name="port">The bound.</param>
    /// <param name="otherwise">Where to go if it is not.</param>
    public void Port(bool isLocal, bool isAtLeast, int port, int otherwise)
    {
        Operation operation = (isLocal, isAtLeast) switch
        {
            (true, true) => Operation.SourcePortAtLeast,
            (true, false) => Operation.SourcePortAtMost,
            (false, true) => Operation.DestinationPortAtLeast,
            (false, false) => Operation.DestinationPortAtMost,
        };
        Begin(operation, 2 * OperationSize, otherwise);
        BinaryPrimitives.WriteUInt32LittleEndian(_octets.GetSpan(OperationSize), 0);
        MemoryMarshal.Write(_octets.GetSpan(OperationSize)[2..], (ushort)port);
        _octets.Advance(OperationSize);
    }

    /// <summary>Compares an address and a port.</summary>
    /// <param name="isLocal">Whether those on this machine, or those of the peer.</param>
    /// <param name="family">Family of the address: 2, 10, or 0 if there is none.</param>
    /// <param name="address">The address; empty if any will do.</param>
    /// <param name="prefix">How many bits of it count.</param>
    /// <param name="port">The port; -1 if any will do.</param>
    /// <param name="otherwise">Where to go if they differ.</param>
    public void Host(bool isLocal, int family, ReadOnlySpan<byte> address, int prefix, int port, int otherwise)
    {
        Begin(isLocal ? Operation.Source : Operation.Destination, OperationSize + ConditionSize + address.Length, otherwise);
        Span<byte> condition = _octets.GetSpan(ConditionSize + address.Length);
        condition[..ConditionSize].Clear();
        condition[0] = (byte)family;
        condition[1] = (byte)prefix;
        MemoryMarshal.Write(condition[4..], in port);
        address.CopyTo(condition[ConditionSize..]);
        _octets.Advance(ConditionSize + address.Length);
    }

    /// <summary>Asks whether the kernel chose the port.</summary>
    /// <param name="otherwise">Where to go if not.</param>
    public void AutoBound(int otherwise) => Begin(Operation.AutoBound, OperationSize, otherwise);

    /// <summary>Compares the interface that the socket is bound to.</summary>
    /// <param name="index">Number of the interface.</param>
    /// <param name="otherwise">Where to go if it is another.</param>
    public void Device(uint index, int otherwise)
    {
        Begin(Operation.Device, OperationSize + sizeof(uint), otherwise);
        Append(index);
    }

    /// <summary>Compares the mark. The kernel refuses the program of a user without CAP_NET_ADMIN.</summary>
    /// <param name="mark">The mark.</param>
    /// <param name="mask">Bits of it that count.</param>
    /// <param name="otherwise">Where to go if it is another.</param>
    public void Mark(uint mark, uint mask, int otherwise)
    {
        Begin(Operation.Mark, OperationSize + (2 * sizeof(uint)), otherwise);
        Append(mark);
        Append(mask);
    }

    /// <summary>Compares the cgroup.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="otherwise">Where to go if it is another.</param>
    public void Cgroup(ulong id, int otherwise)
    {
        Begin(Operation.Cgroup, OperationSize + sizeof(ulong), otherwise);
        Append((uint)id);
        Append((uint)(id >> 32));
    }

    /// <summary>The program, ready to send; null if it is longer than <see cref="Longest"/>.</summary>
    /// <param name="reject">Label whose jumps reject the socket.</param>
    public byte[]? Assemble(int reject)
    {
        if (_octets.WrittenCount > Longest)
            return null;

        byte[] program = _octets.WrittenSpan.ToArray();
        foreach ((int at, int label) in _jumps)
        {
            // Beyond the end by one operation is the kernel's way to say no.
            int target = label == reject ? program.Length + OperationSize : _labels[label];
            MemoryMarshal.Write(program.AsSpan(at + 2), (ushort)(target - at));
        }

        return program;
    }

    private void Begin(Operation operation, int length, int otherwise)
    {
        _jumps.Add((_octets.WrittenCount, otherwise));
        Span<byte> octets = _octets.GetSpan(OperationSize);
        octets[0] = (byte)operation;
        octets[1] = (byte)length;
        _octets.Advance(OperationSize);
    }

    private void Append(uint number)
    {
        MemoryMarshal.Write(_octets.GetSpan(sizeof(uint)), in number);
        _octets.Advance(sizeof(uint));
    }
}
