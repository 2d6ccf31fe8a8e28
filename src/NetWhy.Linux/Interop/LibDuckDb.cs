using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of DuckDB that netwhy makes. Source: duckdb.h, the stable C API.</summary>
/// <remarks>The library is loaded by its path before the first call; the name below is its SONAME, by which dlopen(3) then finds it.</remarks>
internal static unsafe partial class LibDuckDb
{
    internal const string Library = "libduckdb.so";

    [LibraryImport(Library)]
    internal static partial int duckdb_create_config(nint* config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_set_config(nint config, string name, string option);

    [LibraryImport(Library)]
    internal static partial void duckdb_destroy_config(nint* config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_open_ext(string path, nint* database, nint config, byte** error);

    [LibraryImport(Library)]
    internal static partial void duckdb_close(nint* database);

    [LibraryImport(Library)]
    internal static partial int duckdb_connect(nint database, nint* connection);

    [LibraryImport(Library)]
    internal static partial void duckdb_disconnect(nint* connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_query(nint connection, string query, Result* result);

    [LibraryImport(Library)]
    internal static partial byte* duckdb_result_error(Result* result);

    [LibraryImport(Library)]
    internal static partial ulong duckdb_column_count(Result* result);

    [LibraryImport(Library)]
    internal static partial byte* duckdb_column_name(Result* result, ulong column);

    [LibraryImport(Library)]
    internal static partial nint duckdb_fetch_chunk(Result result);

    [LibraryImport(Library)]
    internal static partial void duckdb_destroy_result(Result* result);

    [LibraryImport(Library)]
    internal static partial void duckdb_free(void* memory);

    [LibraryImport(Library)]
    internal static partial nint duckdb_create_logical_type(int type);

    [LibraryImport(Library)]
    internal static partial void duckdb_destroy_logical_type(nint* type);

    [LibraryImport(Library)]
    internal static partial nint duckdb_create_data_chunk(nint* types, ulong count);

    [LibraryImport(Library)]
    internal static partial void duckdb_destroy_data_chunk(nint* chunk);

    [LibraryImport(Library)]
    internal static partial void duckdb_data_chunk_reset(nint chunk);

    [LibraryImport(Library)]
    internal static partial void duckdb_data_chunk_set_size(nint chunk, ulong size);

    [LibraryImport(Library)]
    internal static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(Library)]
    internal static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);

    [LibraryImport(Library)]
    internal static partial void* duckdb_vector_get_data(nint vector);

    [LibraryImport(Library)]
    internal static partial ulong* duckdb_vector_get_validity(nint vector);

    [LibraryImport(Library)]
    internal static partial void duckdb_vector_ensure_validity_writable(nint vector);

    [LibraryImport(Library)]
    internal static partial void duckdb_vector_assign_string_element_len(nint vector, ulong index, byte* text, ulong length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_appender_create(nint connection, string? schema, string table, nint* appender);

    [LibraryImport(Library)]
    internal static partial int duckdb_append_data_chunk(nint appender, nint chunk);

    [LibraryImport(Library)]
    internal static partial byte* duckdb_appender_error(nint appender);

    [LibraryImport(Library)]
    internal static partial int duckdb_appender_close(nint appender);

    [LibraryImport(Library)]
    internal static partial int duckdb_appender_destroy(nint* appender);

    /// <summary><c>duckdb_result</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Result
    {
        private fixed ulong _words[6]; // of DuckDB's own
    }
}
