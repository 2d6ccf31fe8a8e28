using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The call that knows the time zone of this machine.</summary>
internal static unsafe partial class Libc
{
    /// <summary>localtime_r(3)</summary>
    [LibraryImport(Library)]
    internal static partial tm* localtime_r(in long time, tm* result);

    /// <summary>gmtime_r(3)</summary>
    [LibraryImport(Library)]
    internal static partial tm* gmtime_r(in long time, tm* result);

    /// <summary>tzset(3)</summary>
    [LibraryImport(Library)]
    internal static partial void tzset();

    /// <summary><c>struct tm</c> of glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct tm
    {
        internal int tm_sec;
        internal int tm_min;
        internal int tm_hour;
        internal int tm_mday;
        internal int tm_mon;
        internal int tm_year;
        internal int tm_wday;
        internal int tm_yday;
        internal int tm_isdst;
        internal nint tm_gmtoff;
        internal nint tm_zone;
    }
}
