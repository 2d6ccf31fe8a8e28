using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls that look at processes and start them.</summary>
internal static unsafe partial class Libc
{
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_CLOEXEC = 0x80000;
    internal const int SIGKILL = 9;
    internal const short POLLIN = 1;
    internal const int WNOHANG = 1;
    internal const int AT_FDCWD = -100;
    internal const uint STATX_TYPE = 1;
    internal const int StatxSize = 256;

    /// <summary>readlink(2)</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint readlink(string path, Span<byte> target, nuint length);

    /// <summary>statx(2)</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, Span<byte> status);

    /// <summary>pipe2(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pipe2(int* descriptors, int flags);

    /// <summary>From the beginning.</summary>
    internal const int SEEK_SET = 0;

    /// <summary>lseek(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint lseek(int descriptor, nint offset, int whence);

    /// <summary>read(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(int descriptor, byte* buffer, nuint length);

    /// <summary>poll(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(pollfd* descriptors, nuint count, int milliseconds);

    /// <summary>kill(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    /// <summary>waitpid(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, int* status, int options);

    /// <summary>posix_spawnp(3); returns the error instead of setting errno.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawnp(
        int* pid, string file, void* actions, void* attributes, byte** arguments, byte** environment);

    /// <summary>execv(3); returns only if it fails.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int execv(string path, byte** arguments);

    /// <summary>posix_spawn_file_actions_init(3)</summary>
    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    /// <summary>posix_spawn_file_actions_destroy(3)</summary>
    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    /// <summary>posix_spawn_file_actions_adddup2(3)</summary>
    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int descriptor, int wanted);

    /// <summary>posix_spawn_file_actions_addopen(3)</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn_file_actions_addopen(
        void* actions, int descriptor, string path, int flags, uint mode);

    /// <summary><c>struct pollfd</c>, poll(2).</summary>
    internal struct pollfd
    {
        internal int fd;
        internal short events;
        internal short revents;
    }
}
