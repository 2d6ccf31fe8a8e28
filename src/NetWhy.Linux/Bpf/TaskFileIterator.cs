// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux.Bpf;

/// <summary>Lists the sockets that all processes hold open, by a program in the kernel that walks their descriptors.</summary>
/// <remarks>
/// <para>
/// It takes about a microsecond a descriptor, where /proc takes five and a directory entry for each. It needs no
/// compiler and no library: the few instructions are written here, with the places of the members that they read from
/// the kernel's own description of its types. Kernel 5.11 or later, CAP_BPF and CAP_PERFMON.
/// </para>
/// <para>Source: Documentation/bpf/bpf_iterators.rst; bpf(2), linux/bpf.h.</para>
/// </remarks>
internal static unsafe class TaskFileIterator
{
    private const int LinkCreate = 28; // BPF_LINK_CREATE
    private const int IteratorCreate = 33; // BPF_ITER_CREATE
    private const int IteratorAttach = 28; // BPF_TRACE_ITER

    private const int SequenceWrite = 127; // bpf_seq_write
    private const int SocketFromFile = 162; // bpf_sock_from_file

    /// <summary>One descriptor of a socket, as the program writes it.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
    internal struct Record
    {
        internal const int Size = 32;
        internal ulong Inode;
        internal uint Descriptor;
        internal int Pid;
        internal ulong NameStart; // comm of the process: 16 octets, ended by a zero octet
        internal ulong NameEnd;
    }

    private static (int Function, BpfInstruction[] Instructions)? _assembled; // the types take milliseconds to read

    /// <summary>Walks all descriptors of sockets, by ascending process and descriptor.</summary>
    /// <param name="handler">Gets them in blocks.</param>
    /// <exception cref="LinuxException">The kernel forbids it, or cannot do it.</exception>
    internal static void Run(Action<ReadOnlySpan<Record>> handler)
    {
        (int function, BpfInstruction[] instructions) = _assembled ??= Assemble(BpfSystem.ReadTypes());
        using SafeFileHandle program = BpfSystem.Load("netwhy_sockets", IteratorAttach, function, instructions);
        Span<byte> attributes = stackalloc byte[BpfSystem.AttributesSize];
        attributes.Clear();
        MemoryMarshal.Write(attributes, (uint)program.DangerousGetHandle());
        MemoryMarshal.Write(attributes[8..], (uint)IteratorAttach);
        using SafeFileHandle link = BpfSystem.Call(LinkCreate, attributes, "bpf(BPF_LINK_CREATE)");

        attributes.Clear();
        MemoryMarshal.Write(attributes, (uint)link.DangerousGetHandle());
        using SafeFileHandle iterator = BpfSystem.Call(IteratorCreate, attributes, "bpf(BPF_ITER_CREATE)");
        Read(iterator, handler);
    }

    private static void Read(SafeFileHandle iterator, Action<ReadOnlySpan<Record>> handler)
    {
        byte[] buffer = new byte[1024 * Record.Size];
        int held = 0;
        while (true)
        {
            nint read = Libc.read(iterator, buffer.AsSpan(held), (nuint)(buffer.Length - held));
            if (read < 0)
            {
                if (Marshal.GetLastPInvokeError() is (int)Errno.EINTR or (int)Errno.EAGAIN)
                    continue; // the kernel asks to be asked again after a long walk without output
                throw LinuxException.FromLastError("read");
            }

            if (read == 0)
                return;
            held += (int)read;
            int whole = held - (held % Record.Size);
            handler(MemoryMarshal.Cast<byte, Record>(buffer.AsSpan(0, whole)));
            buffer.AsSpan(whole, held - whole).CopyTo(buffer);
            held -= whole;
        }
    }

    private static (int Function, BpfInstruction[] Instructions) Assemble(KernelTypes types)
    {
        int function = types.FunctionNumber("bpf_iter_task_file")
            ?? throw new LinuxException("bpf_iter_task_file", (int)Errno.EOPNOTSUPP);
        int file = BpfSystem.Member(types, "bpf_iter__task_file", "file");
        int task = BpfSystem.Member(types, "bpf_iter__task_file", "task");
        int descriptor = BpfSystem.Member(types, "bpf_iter__task_file", "fd");
        int meta = BpfSystem.Member(types, "bpf_iter__task_file", "meta");
        int sequence = BpfSystem.Member(types, "bpf_iter_meta", "seq");
        int inode = BpfSystem.Member(types, "file", "f_inode");
        int number = BpfSystem.Member(types, "inode", "i_ino");
        int pid = BpfSystem.Member(types, "task_struct", "tgid");
        int leader = BpfSystem.Member(types, "task_struct", "group_leader");
        int name = BpfSystem.Member(types, "task_struct", "comm");

        const int Context = 6, File = 7, Task = 8, Output = -Record.Size; // registers that calls keep; place in the frame
        const int ToTheEnd = 18; // instructions after the third of these and before the last two
        return (function,
        [
            BpfInstruction.Copy(Context, 1),
            BpfInstruction.Load(File, Context, file),
            BpfInstruction.SkipIfZero(File, ToTheEnd + 5), // the kernel's last call, after the last file
            BpfInstruction.Load(Task, Context, task),
            BpfInstruction.SkipIfZero(Task, ToTheEnd + 3),

            BpfInstruction.Copy(1, File),
            BpfInstruction.Call(SocketFromFile),
            BpfInstruction.SkipIfZero(0, ToTheEnd), // a file of another kind
            BpfInstruction.Load(1, File, inode),
            BpfInstruction.Load(1, 1, number),
            BpfInstruction.Store(BpfInstruction.Frame, Output, 1),
            BpfInstruction.LoadHalf(1, Context, descriptor),
            BpfInstruction.StoreHalf(BpfInstruction.Frame, Output + 8, 1),
            BpfInstruction.LoadHalf(1, Task, pid),
            BpfInstruction.StoreHalf(BpfInstruction.Frame, Output + 12, 1),
            BpfInstruction.Load(1, Task, leader),
            BpfInstruction.Load(2, 1, name),
            BpfInstruction.Store(BpfInstruction.Frame, Output + 16, 2),
            BpfInstruction.Load(2, 1, name + 8),
            BpfInstruction.Store(BpfInstruction.Frame, Output + 24, 2),
            BpfInstruction.Load(1, Context, meta),
            BpfInstruction.Load(1, 1, sequence),
            BpfInstruction.Copy(2, BpfInstruction.Frame),
            BpfInstruction.Add(2, Output),
            BpfInstruction.Set(3, Record.Size),
            BpfInstruction.Call(SequenceWrite),
            BpfInstruction.Set(0, 0),
            BpfInstruction.Exit(),
        ]);
    }
}
