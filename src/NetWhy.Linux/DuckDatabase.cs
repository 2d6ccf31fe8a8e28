using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What a column of a table holds. The numbers are those of duckdb.h, <c>duckdb_type</c>.</summary>
public enum DuckType
{
    /// <summary>True or false.</summary>
    Boolean = 1,

    /// <summary>A signed integer of 64 bits.</summary>
    BigInt = 5,

    /// <summary>Text, as UTF-8.</summary>
    Varchar = 17,

    /// <summary>A point in time, in nanoseconds since 1970, UTC.</summary>
    TimestampNanoseconds = 22,
}

/// <summary>DuckDB refuses, or is not there.</summary>
/// <param name="message">What it says.</param>
public sealed class DuckException(string message) : Exception(message);

/// <summary>A database of DuckDB, whose library is loaded when the first one is opened. It reaches no network and loads no extension.</summary>
public sealed unsafe class DuckDatabase : IDisposable
{
    private nint _database;
    private nint _connection;

    private DuckDatabase(nint database, nint connection) => (_database, _connection) = (database, connection);

    /// <summary>Opens a database.</summary>
    /// <param name="path">Its file: it is made if it is not there.</param>
    /// <param name="memoryLimit">Memory that it may take, such as <c>1GB</c>; what needs more goes to files beside it.</param>
    /// <param name="library">The path of libduckdb.so; null to look for it where the system has its libraries.</param>
    /// <exception cref="DuckException">There is no DuckDB, or it refuses.</exception>
    public static DuckDatabase Open(string path, string memoryLimit, string? library)
    {
        if (!NativeLibrary.TryLoad(library ?? LibDuckDb.Library, out _))
        {
            throw new DuckException(
                (library is null ? "DuckDB is not installed (libduckdb.so)" : $"NETWHY_DUCKDB={library} is no library that can be loaded")
                + "; npm pack @duckdb/node-bindings-linux-x64 (on arm64: -arm64), or https://duckdb.org, has the file libduckdb.so: unpack it and say where it is, NETWHY_DUCKDB=/path/to/libduckdb.so");
        }

        nint config, database, connection;
        _ = LibDuckDb.duckdb_create_config(&config);
        foreach ((string name, string value) in new[] { ("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false"), ("allow_community_extensions", "false"), ("memory_limit", memoryLimit) })
            _ = LibDuckDb.duckdb_set_config(config, name, value);
        byte* error;
        int state = LibDuckDb.duckdb_open_ext(path, &database, config, &error);
        LibDuckDb.duckdb_destroy_config(&config);
        if (state != 0)
        {
            string said = TextOf(error) ?? "it does not say why";
            LibDuckDb.duckdb_free(error);
            throw new DuckException($"DuckDB cannot open {path}: {said}");
        }

        if (LibDuckDb.duckdb_connect(database, &connection) == 0)
            return new DuckDatabase(database, connection);
        LibDuckDb.duckdb_close(&database);
        throw new DuckException("DuckDB refuses a connection");
    }

    /// <summary>Runs statements whose rows nobody wants.</summary>
    /// <param name="sql">The statements.</param>
    /// <exception cref="DuckException">They fail.</exception>
    public void Execute(string sql)
    {
        using DuckResult result = Query(sql);
    }

    /// <summary>Asks for rows.</summary>
    /// <param name="sql">The query; every column must be text.</param>
    /// <exception cref="DuckException">It fails.</exception>
    public DuckResult Query(string sql)
    {
        LibDuckDb.Result result;
        if (LibDuckDb.duckdb_query(_connection, sql, &result) == 0)
            return new DuckResult(result);
        string said = TextOf(LibDuckDb.duckdb_result_error(&result)) ?? "it does not say why";
        LibDuckDb.duckdb_destroy_result(&result);
        throw new DuckException(said);
    }

    /// <summary>Adds rows to a table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="columns">What its columns hold, in order.</param>
    /// <exception cref="DuckException">There is no such table.</exception>
    public DuckAppender Append(string table, ReadOnlySpan<DuckType> columns) => new(_connection, table, columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_database == 0)
            return;
        (nint connection, nint database) = (_connection, _database);
        LibDuckDb.duckdb_disconnect(&connection);
        LibDuckDb.duckdb_close(&database);
        (_connection, _database) = (0, 0);
    }

    /// <summary>Text that DuckDB gave.</summary>
    /// <param name="text">Where it is.</param>
    internal static string? TextOf(byte* text) => Marshal.PtrToStringUTF8((nint)text);
}
